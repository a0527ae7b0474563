import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";

// The machines of all three suites are declared alike, so only the first suite ever boots.

// #region reset
describe("machines that every test may break", () => {
  const { it, server, client } = cluster({ reset: "test", nodes: { server: {}, client: {} } });

  it("lose their files, their network and their power", async () => {
    await server.succeed("rm -rf /etc /home /root", "ip link set eth1 down");
    await client.fail("ping -c1 -W1 server");
    await client.crash();
  });

  it("have all of it again in the next test", async () => {
    await server.succeed("grep -w client /etc/hosts");
    await client.succeed("ping -c1 server");
  });
});
// #endregion

// #region prepare
describe("machines that are prepared once", () => {
  const { it, server, client } = cluster({
    nodes: { server: {}, client: {} },
    prepare: {
      key: "website-1",
      run: async ({ server }) => {
        await server.succeed("mkdir -p /srv/www", "echo Welcome > /srv/www/index.html", "httpd -h /srv/www");
        await server.waitForOpenPort(80);
      },
    },
  });

  it("find the server running", async () => {
    expect(await client.succeed("wget -q -O - http://server/")).toBe("Welcome\n");
  });

  it("can change what was prepared, until their suite ends", async () => {
    await server.succeed("echo Goodbye > /srv/www/index.html");
    expect(await client.succeed("wget -q -O - http://server/")).toBe("Goodbye\n");
  });
});
// #endregion

// #region checkpoint
describe("a cluster with checkpoints", () => {
  const { it, server, client, cluster: pair } = cluster({ nodes: { server: {}, client: {} } });

  it("goes back to any of them, as often as it likes", async () => {
    await server.succeed("echo one > /tmp/state");
    await pair.checkpoint("one");
    await server.succeed("echo two > /tmp/state");
    await pair.checkpoint("two");

    for (const name of ["one", "two", "one"]) {
      await pair.restore(name);
      expect(await server.succeed("cat /tmp/state")).toBe(`${name}\n`);
      await client.succeed("ping -c1 server");
    }

    await pair.reset(); // to the moment when all machines were ready
    await server.fail("test -e /tmp/state");
  });
});
// #endregion
