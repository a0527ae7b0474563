import { describe, expect } from "vitest";
import { cluster, debian } from "vitest-machines";

// #region image
const image = debian({
  suite: "bookworm", // or "trixie"
  packages: ["nginx-light"],
  users: { alice: { groups: ["www-data"] } },
  files: {
    "/var/www/html/index.html": "<h1>hello</h1>\n",
    "/usr/local/bin/greet": { content: "#!/bin/sh\necho hello\n", mode: 0o755, owner: "alice" },
  },
  units: {
    "greeter.service": `
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'greet > /run/greeting'
[Install]
WantedBy=multi-user.target
`,
  },
  run: ["ln -s /usr/local/bin/greet /usr/local/bin/hello"],
});
// #endregion

describe("a Debian server", () => {
  const { it, server, client } = cluster({ nodes: { server: { image }, client: {} } });

  it("serves what its image has", async () => {
    // #region units
    await server.waitForUnit("nginx.service");
    expect(await client.succeed("wget -q -O - http://server/")).toContain("hello");

    await server.waitForUnit("greeter.service"); // a oneshot that has done its work counts
    await server.stopJob("nginx.service");
    await server.requireUnitState("nginx.service", "inactive");
    expect(await server.getUnitProperty("nginx.service", "NRestarts")).toBe("0");
    const { exitCode } = await server.systemctl("is-active nginx.service");
    expect(exitCode).toBe(3);
    // #endregion
  });
});
