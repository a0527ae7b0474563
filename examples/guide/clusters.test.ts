import { describe, expect } from "vitest";
import { cluster, defineCluster, tiny } from "vitest-machines";

// #region declaration
describe("an office", () => {
  const { it, gateway, laptop } = cluster({
    name: "office",
    defaults: { memory: "160M" },
    nodes: {
      gateway: { vlans: [1, 2], cpus: 2 },
      laptop: { vlans: [2], image: tiny({ suite: "bookworm" }) },
      island: { vlans: [] },
    },
  });

  it("has its own addresses", async () => {
    expect(await gateway.succeed("ip -4 -o addr show eth2")).toContain("192.168.2.1/24");
    await laptop.succeed("ping -c1 gateway");
  });

  it("knows machines by injection too", async ({ island }) => {
    await island.fail("ping -c1 -W1 gateway");
  });
});
// #endregion

// #region service
describe("a service that host code talks to", () => {
  const { it, web } = cluster({
    nodes: {
      web: {
        forwardPorts: [80], // a free port of the host; { 8080: 80 } takes port 8080
        users: { alice: {} },
        files: { "/home/alice/note": { content: "mine", mode: 0o600, owner: "alice" } },
        shared: { "/srv/www": new URL("./site", import.meta.url) },
        ready: async (machine) => {
          await machine.succeed("httpd -p 80 -h /srv/www");
          await machine.waitForOpenPort(80);
        },
      },
    },
  });

  it("is there when the first test is", async () => {
    const { host, port } = web.forwarded(80);
    const page = await fetch(`http://${host}:${port}/`);
    expect(await page.text()).toBe("hello\n");
    expect(await web.succeed("cat note", { user: "alice", cwd: "/home/alice" })).toBe("mine");
  });
});
// #endregion

// #region manual
describe("a machine that comes late", () => {
  const { it, early, late } = cluster({ boot: "manual", nodes: { early: {}, late: {} } });

  // Machines that a test starts itself count against its time.
  it("is started by the test", async () => {
    await early.start();
    await early.fail("ping -c1 -W1 late");
    await late.start();
    await late.waitUntilReady();
    await early.succeed("ping -c1 late");
  });
});
// #endregion

// #region shared
const pair = defineCluster({ nodes: { left: {}, right: {} } });

describe("one suite", () => {
  const { it, left } = cluster(pair);
  it("has machines of its own", () => left.succeed("touch /tmp/mark"));
});

describe("another suite", () => {
  const { it, left } = cluster(pair);
  it("has machines of its own too", () => left.fail("test -e /tmp/mark"));
});
// #endregion
