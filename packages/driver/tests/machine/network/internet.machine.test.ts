import { readFileSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Machine } from "../../../src/index.ts";
import { startWorld } from "../../support/a-world.ts";
import { useCluster } from "../../support/use-cluster.ts";

const world = await startWorld();
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => void world.takeVisits());

const { address, open, own } = world;
const lab = useCluster({
  nodes: {
    online: { internet: { dns: world.dns }, vlans: [] },
    plain: {},
    carded: { userNetwork: true, vlans: [] },
    served: { hostServices: { registry: own.http }, vlans: [] },
  },
});
const online = () => lab.machine("online");
const served = () => lab.machine("served");

const page = (host: string, port: number, path = ""): string =>
  `timeout 5 wget -q -O - http://${host}:${port}/${path} 2>&1`;
const tcp = (host: string, port: number): string => `timeout 2 nc ${host} ${port} < /dev/null`;
/** Asks for a file by UDP; there is none, and what is asked notes it. */
const udp = (host: string, port: number): string => `timeout 2 tftp -g -r hello -l /dev/null ${host} ${port}`;
const ping = (host: string): string => `ping -c 1 -W 1 ${host} > /dev/null`;
const lookUp = (server: string): string => `timeout 2 nslookup example.test ${server} > /dev/null`;

/** Those of some commands that succeed; they run at once, because what is not answered takes its time. */
async function successes(machine: Machine, commands: readonly string[]): Promise<string[]> {
  const marks = commands.map((command, index) => `{ ${command} > /dev/null 2>&1 && echo ${index}; } &`);
  const done = await machine.succeed(`${marks.join("\n")}\nwait`);
  return commands.filter((_, index) => done.split("\n").includes(String(index)));
}

describe("a machine that declares nothing", () => {
  it.each(["plain", "carded"])("has no way to anywhere: %s", async (name) => {
    const machine = lab.machine(name);
    const attempts = [address, "10.0.2.2", "10.0.2.3", "10.0.2.4"].flatMap((host) => [
      ...[tcp(host, open.http), tcp(host, own.http), udp(host, open.udp), udp(host, own.udp), lookUp(host)],
    ]);
    expect(await successes(machine, [...attempts, ping(address), lookUp("")])).toEqual([]);
    expect(await machine.fail(page(address, open.http))).toContain("Network is unreachable");
    expect(await machine.succeed("ip route; cat /etc/resolv.conf 2>/dev/null || true")).not.toMatch(
      /default|nameserver/,
    );
    expect(world.takeVisits()).toEqual([]);
  });
});

describe("a machine with internet", () => {
  it("reaches what is beyond the host, by address and by name", async () => {
    expect(await online().succeed(page(address, open.http, "a"), page("example.test", open.http, "b"))).toBe(
      "open\nopen\n",
    );
    await online().fail(udp(address, open.udp));
    const visits = world.takeVisits();
    expect(new Set(visits)).toEqual(new Set(["open http /a", "dns", "open http /b", "open udp hello"]));
  });

  it("may ping it where the host lets QEMU ping", async () => {
    const [first = 1, last = 0] = readFileSync("/proc/sys/net/ipv4/ping_group_range", "utf8").split(/\s+/).map(Number);
    const groups = [process.getgid?.() ?? -1, ...(process.getgroups?.() ?? [])];
    const isAllowed = process.getuid?.() === 0 || groups.some((group) => group >= first && group <= last);
    const { exitCode } = await online().execute(`ping -c 1 -W 2 ${address}`);
    expect(exitCode === 0).toBe(isAllowed);
  });

  it("has an address, a way out and a resolver, and DHCP says the same", async () => {
    expect(await online().succeed("ip -4 -o addr show eth0")).toContain("10.0.2.15/24");
    expect(await online().succeed("ip route", "cat /etc/resolv.conf")).toBe(
      "default via 10.0.2.2 dev eth0 \n10.0.2.0/24 dev eth0 scope link  src 10.0.2.15 \nnameserver 10.0.2.3\n",
    );
    const lease = await leaseOf(online());
    expect(lease).toMatch(/^ip=10\.0\.2\.15$/m);
    expect(lease).toMatch(/^router=10\.0\.2\.2$/m);
    expect(lease).toMatch(/^dns=10\.0\.2\.3$/m);
  });

  it("does not reach the host's loopback, at whatever address it looks for it", async () => {
    // A guest's own loopback is not in the way any more: packets to these addresses leave by its card.
    await online().succeed(
      "for switch in /proc/sys/net/ipv4/conf/*/route_localnet; do echo 1 > $switch; done",
      "ip route del local 127.0.0.0/8 table local; ip route del local 127.0.0.1 table local",
      "ip route add 127.0.0.0/8 via 10.0.2.2 src 10.0.2.15",
    );
    expect(await online().succeed("ip route get 127.0.0.1")).toContain("dev eth0");
    const hosts = ["10.0.2.2", "10.0.2.3", "10.0.2.4", "127.0.0.1", "127.1.2.3"];
    // Nor what is on the resolver's own port there, as long as it is not asked as the resolver.
    const attempts = hosts.flatMap((host) => [
      ...[tcp(host, own.http), udp(host, own.udp), tcp(host, world.dns), udp(host, world.dns)],
    ]);
    expect(await successes(online(), attempts)).toEqual([]);
    expect(await online().fail(page("127.0.0.1", own.http))).toMatch(/No route to host/);
    expect(await online().succeed(page(address, open.http))).toBe("open\n");
    expect(world.takeVisits()).toEqual(["open http /"]);
  });

  it("has it again after a reboot", async () => {
    await online().reboot();
    expect(await online().succeed(page("example.test", open.http))).toBe("open\n");
  });
});

describe("a service on the host's loopback", () => {
  it("is reached by its name, by those who declare it", async () => {
    expect(await served().succeed(page("registry", own.http, "v2"))).toBe("own\n");
    expect(world.takeVisits()).toEqual(["own http /v2"]);
    await lab.machine("plain").fail(page("registry", own.http));
  });

  it("is all that is reached: no other port, no UDP, no way out, not even if the guest makes one", async () => {
    expect(await served().succeed("ip route")).not.toContain("default");
    await served().succeed("ip route add default via 10.0.2.2");
    const attempts = [
      ...[tcp("registry", world.dns), udp("registry", own.udp), tcp("10.0.2.2", own.http), udp("10.0.2.2", own.udp)],
      ...[tcp(address, open.http), udp(address, open.udp), ping(address), lookUp("10.0.2.3")],
    ];
    expect(await successes(served(), attempts)).toEqual([]);
    expect(world.takeVisits()).toEqual([]);
    const lease = await leaseOf(served());
    expect(lease).toMatch(/^ip=10\.0\.2\.15$/m);
    expect(lease).not.toMatch(/^(router|dns)=/m);
  });
});

it("is cut off, and nothing else, when the gate is gone", async () => {
  expect(await served().succeed(page("registry", own.http))).toBe("own\n");
  // QEMU tells, and the trace keeps it.
  const told = served().waitForQmpEvent("NETDEV_STREAM_DISCONNECTED", { timeout: 30_000 });
  await served().qmp("query-status");
  process.kill(gateOf(lab.cluster.plan.nodes.find(({ name }) => name === "served")!.number), "SIGKILL");
  await told;
  expect(await successes(served(), [tcp("registry", own.http), ping("10.0.2.2")])).toEqual([]);
  expect(world.takeVisits()).toEqual(["own http /"]);
  expect(await online().succeed(page(address, open.http))).toBe("open\n");
});

/** What a DHCP client is told. */
async function leaseOf(machine: ReturnType<typeof lab.machine>): Promise<string> {
  await machine.succeed("printf '#!/bin/sh\\nenv > /tmp/lease.$1\\n' > /tmp/note; chmod +x /tmp/note");
  await machine.succeed("udhcpc -i eth0 -n -q -s /tmp/note 2>&1");
  return machine.succeed("cat /tmp/lease.bound");
}

/** The process id of the gate of the machine with a number, which is a child of this process. */
function gateOf(machine: number): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  const [gate] = children.map(Number).filter((pid) => {
    const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const [near] = argv.filter((word) => word.endsWith("/near"));
    return near !== undefined && new RegExp(`/n${machine}(\\D[^/]*)?/near$`).test(near);
  });
  if (gate === undefined) throw new Error(`machine ${machine} has no gate`);
  return gate;
}
