import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AgentSession } from "../../src/agent/session.ts";
import { isRoot, run, startAgent } from "./an-agent.ts";

const first = "52:54:00:12:01:02";
const second = "52:54:00:12:02:02";

function canUnshare(): boolean {
  if (!isRoot) return false;
  try {
    execFileSync("unshare", ["--net", "--uts", "--mount", "ip", "link", "add", "probe", "type", "veth"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

/** An agent with a host name, interfaces and an /etc of its own, as in a guest. */
async function startInNamespaces(): Promise<{ session: AgentSession; etc: string }> {
  const etc = mkdtempSync(join(tmpdir(), "etc-"));
  onTestFinished(() => rmSync(etc, { recursive: true }));
  const prepare = [
    `mount --bind ${etc} /etc`,
    // A pair instead of two NICs, each of which has the other's wanted name.
    `ip link add eth2 address ${first} type veth peer name eth1 address ${second}`,
    "ip link set eth1 up",
    'exec "$@"',
  ].join(" && ");
  const agent = await startAgent({ wrap: ["unshare", "--net", "--uts", "--mount", "sh", "-c", prepare, "sh"] });
  return { session: await agent.connect(), etc };
}

describe.runIf(canUnshare())("configuring a guest", () => {
  const configuration = {
    hostname: "server",
    hosts: "127.0.0.1 localhost\n192.168.1.2 server\n",
    interfaces: [
      { mac: first, name: "eth1", addresses: ["192.168.1.2/24", "2001:db8:1::2/64"] },
      { mac: second, name: "eth2", addresses: ["192.168.2.2/24"] },
    ],
  };

  it("gives it its name, hosts, interfaces and addresses, usable at once, however often", async () => {
    const before = hostname();
    const { session, etc } = await startInNamespaces();
    for (let count = 0; count < 2; count++) await session.configure(configuration);
    expect((await run(session, "hostname")).stdout).toBe("server\n");
    expect(await readFile(join(etc, "hosts"), "utf8")).toBe(configuration.hosts);
    const links = (await run(session, "ip -o link")).stdout;
    expect(links).toMatch(new RegExp(`eth1@\\w+: .*,UP[,>].*${first}`));
    expect(links).toMatch(new RegExp(`eth2@\\w+: .*,UP[,>].*${second}`));
    const addresses = (await run(session, "ip -o addr")).stdout;
    expect(addresses).toMatch(/lo +inet 127\.0\.0\.1\/8/);
    expect(addresses).toMatch(/eth1 +inet 192\.168\.1\.2\/24/);
    expect(addresses).toMatch(/eth1 +inet6 2001:db8:1::2\/64/);
    expect(addresses).toMatch(/eth2 +inet 192\.168\.2\.2\/24/);
    expect(addresses).not.toContain("tentative 2001");
    expect((await run(session, "ip -6 -o addr show dev eth1 scope global")).stdout).toContain("nodad");
    expect(hostname()).toBe(before);
  });

  it("sets MTUs, routes and forwarding, and changes them when it is told otherwise", async () => {
    const { session } = await startInNamespaces();
    const interfaces = [{ ...configuration.interfaces[0]!, mtu: 1300 }];
    const given = (via: string) => [
      { to: "default", via },
      { to: "fd00::/8", via: "2001:db8:1::9" },
    ];
    for (const via of ["192.168.1.9", "192.168.1.10"]) {
      await session.configure({ ...configuration, interfaces, routes: given(via), forwarding: true });
      expect((await run(session, "ip route")).stdout).toContain(`default via ${via} dev eth1`);
    }
    expect((await run(session, "ip -6 route")).stdout).toContain("fd00::/8 via 2001:db8:1::9 dev eth1");
    expect((await run(session, "ip -o link show eth1")).stdout).toContain("mtu 1300");
    const switches = "/proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding";
    expect((await run(session, `cat ${switches}`)).stdout).toBe("1\n1\n");
  });

  it("says which route it cannot set", async () => {
    const { session } = await startInNamespaces();
    const routes = [{ to: "default", via: "10.9.9.9" }];
    const configuring = session.configure({ ...configuration, routes });
    await expect(configuring).rejects.toThrow("cannot set the route default 10.9.9.9: network unreachable");
  });

  it("makes names of /etc/hosts known to waits", async () => {
    const { session } = await startInNamespaces();
    await session.configure(configuration);
    const { last } = await session.waitFor({ kind: "tcp", host: "SERVER", port: 9 }, { gone: true });
    expect(last).toBe("connection refused");
  });

  it("moves an interface aside that holds a wanted name", async () => {
    const { session } = await startInNamespaces();
    await session.configure({ ...configuration, interfaces: [{ mac: first, name: "eth1", addresses: [] }] });
    expect((await run(session, "ip -o link")).stdout).toMatch(new RegExp(`aside\\d+@\\w+: .*${second}`));
  });

  it.each([
    ["not-an-address", /cannot set not-an-address on eth1: invalid argument/],
    ["192.168.1.2/33", /cannot set 192.168.1.2\/33 on eth1: invalid argument/],
  ])("refuses %s with a reason", async (address, message) => {
    const { session } = await startInNamespaces();
    const interfaces = [{ mac: first, name: "eth1", addresses: [address] }];
    await expect(session.configure({ ...configuration, interfaces })).rejects.toThrow(message);
  });

  it("waits for an interface that is still to come", async () => {
    const { session } = await startInNamespaces();
    const late = "52:54:00:12:03:02";
    const configuring = session.configure({
      ...configuration,
      interfaces: [{ mac: late, name: "eth3", addresses: [] }],
    });
    await run(session, `sleep 0.1; ip link add late address ${late} type veth`);
    await configuring;
    expect((await run(session, "ip -o link")).stdout).toMatch(new RegExp(`eth3@\\w+: .*${late}`));
  });
});
