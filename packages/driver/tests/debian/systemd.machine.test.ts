import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster, Machine } from "../../src/index.ts";
import { debianPair as nodes } from "../support/debian-pair.ts";
import { useLayerLab } from "../support/layer-lab.ts";
import { messageOf } from "../support/use-cluster.ts";

type Two = Cluster<typeof nodes>;

/** Prints what nginx on `server` serves. */
const page = "exec 3<>/dev/tcp/server/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";

const used = useLayerLab();
let cluster: Two;
beforeAll(async () => {
  cluster = await used.lab.start({ name: "debian", nodes });
}, 400_000);

describe("a Debian machine", () => {
  it("is ready when systemd has started everything, and says which units failed", async () => {
    const { server } = cluster.machines;
    expect(cluster.origin).toEqual({ how: "booted", frozen: true });
    expect((await server.systemctl("is-system-running")).stdout).toBe("degraded\n");
    expect(await server.succeed("systemctl list-jobs --no-legend | wc -l")).toBe("0\n");
    const failed = "is up, but failed to start broken.service";
    const failures = used.lab.notices.filter((text) => text.includes(failed)).sort();
    expect(failures).toEqual(["client", "server"].map((name) => `${name} ${failed}`));
  });

  it("is asked again when systemd is too slow to answer", async () => {
    const { server } = cluster.machines;
    const freeze = (frozen: 0 | 1): Promise<string> =>
      server.succeed(`echo ${frozen} > /sys/fs/cgroup/init.scope/cgroup.freeze`);
    // Others than root ask by way of D-Bus, which answers them itself until it comes to systemd.
    const hurried = { user: "alice", env: { SYSTEMD_BUS_TIMEOUT: "1s" } };
    await freeze(1);
    const settled = server.execute("/usr/lib/vitest-machines/settled", hurried);
    // By then the other one has heard that, too, or will.
    expect((await server.execute("systemctl is-system-running", hurried)).stdout).toBe("unknown\n");
    await freeze(0);
    expect(await settled).toMatchObject({ exitCode: 1, stdout: "broken.service\n" });
  });

  it("has its users, files and folders before services start, and keeps what became of them over a restart", async () => {
    const { client: machine } = cluster.machines;
    const page = await machine.fetch("http://localhost:8080/use-cluster.ts");
    expect(await page.text()).toContain("export function useCluster");
    expect(await machine.succeed("stat -c %U /tmp/kept; id -Gn bob; getent passwd bob | cut -d: -f7")).toBe(
      "bob\nbob video\n/bin/bash\n",
    );
    expect(await machine.succeed("passwd -S bob | cut -d' ' -f2")).toBe("P\n");
    expect((await machine.execute("touch /srv/shared/x")).stderr).toContain("Read-only file system");
    await machine.succeed("echo '# changed' >> /etc/nginx/conf.d/more.conf");
    await machine.reboot();
    await machine.succeed("tail -n1 /etc/nginx/conf.d/more.conf | grep changed", "test -e /srv/shared/use-cluster.ts");
    expect((await machine.execute("touch /srv/shared/x")).stderr).toContain("Read-only file system");
    await cluster.reset();
  });

  it("has a disk as large as it was declared, and a file system of that size", async () => {
    const sizeOfRoot = async (machine: Machine): Promise<number[]> =>
      (await machine.succeed("cat /sys/block/vda/size; df --output=size -B512 / | tail -n1"))
        .split("\n")
        .slice(0, 2)
        .map(Number);
    const [disk = 0, files = 0] = await sizeOfRoot(cluster.machines.client);
    expect(disk / 2048).toBe(5 * 1024);
    const [disk4 = 0, files4 = 0] = await sizeOfRoot(cluster.machines.server);
    expect(disk4 / 2048).toBe(4 * 1024);
    // What ext4 needs for itself grows with it.
    expect((files - files4) / 2048).toBeGreaterThan(0.95 * 1024);
  });

  it("has its name, its addresses, its neighbours and its network before what waits for a network", async () => {
    const { server, client } = cluster.machines;
    expect(await server.succeed("hostname; hostnamectl --transient; cat /run/named")).toBe("server\nserver\nserver\n");
    expect(await server.succeed("ip -o -4 addr show eth1")).toContain("192.168.1.2/24");
    await client.succeed("ping -c1 server");
    await server.requireUnitState("network-online.target");
    const began = "systemctl show -p ActiveEnterTimestampMonotonic --value";
    const order = await server.succeed(`${began} nginx vitest-machines-network`);
    const [nginx, network] = order.split("\n").filter(Boolean).map(Number);
    expect(nginx).toBeGreaterThan(network!);
  });

  it("has what its image declares", async () => {
    const { server } = cluster.machines;
    expect(await server.succeed("cat /etc/made; id alice")).toBe(
      "made here\nuid=1234(alice) gid=1234(alice) groups=1234(alice),44(video)\n",
    );
    expect(await server.succeed("stat -c '%U:%G %a' /home/alice/notes/first")).toBe("alice:video 600\n");
    expect(await server.succeed("greet", { user: "alice" })).toBe("hello from alice\n");
    expect(await server.succeed("findmnt -no FSTYPE /; cat /etc/debian_version")).toMatch(/^ext4\n12\./);
    // Of the root, which has all the room that was asked for.
    expect(Number(await server.succeed("df --output=size -BM / | tail -1 | tr -dc 0-9"))).toBeGreaterThan(3_500);
  });

  it("serves a page to its neighbour", async () => {
    const { server, client } = cluster.machines;
    await server.waitForUnit("nginx.service");
    await client.waitForUnit("nginx");
    await client.succeed("apt-config dump > /dev/null");
    expect(await client.succeed(page)).toContain("Welcome to nginx!");
  });
});

describe("waitForUnit", () => {
  it("takes a oneshot that has done its work for active, and waits for one that works", async () => {
    const { server } = cluster.machines;
    await server.waitForUnit("once.service", { timeout: 10_000 });
    await server.execute("systemctl start --no-block slow.service");
    await server.waitForUnit("slow.service", { timeout: 30_000 });
    // systemd has forgotten that one, as nothing refers to it.
    await server.succeed("systemd-run --wait --quiet --unit=brief --service-type=oneshot true");
    await server.waitForUnit("brief.service");
  });

  it("says what it saw when its time is over, and looks for itself alone", async () => {
    const { server } = cluster.machines;
    await server.execute("systemd-run --no-block --quiet --unit=starting --service-type=oneshot sleep 30");
    await server.succeed("true");
    const message = await messageOf(server.waitForUnit("starting.service", { timeout: 1_500 }));
    expect(message).toMatch(
      /^WAIT_TIMEOUT: server: waited 1\.\d s for starting\.service to be active, in vain \(\d+ attempts?\)/,
    );
    expect(message).toContain("Last seen: activating (start)");
    expect(server.evidence()[0]).not.toContain("systemctl --no-pager show");
    await server.execute("systemctl stop starting.service");
  });

  it("does not lose a race against what starts the unit", async () => {
    const { server } = cluster.machines;
    await server.succeed("(sleep 1; systemd-run --unit=later --quiet sleep 100) > /dev/null 2>&1 &");
    await server.waitForUnit("later.service", { timeout: 30_000 });
  });

  it("ends at once for a unit that failed, with its journal, and soon for one that will not come", async () => {
    const { server } = cluster.machines;
    const message = await messageOf(server.waitForUnit("broken.service"));
    expect(message).toContain("UNIT_STATE: server: broken.service will not become active: it has failed (exit-code).");
    expect(message).toMatch(/broken\.service's journal, last lines:\n[^]*I am broken/);
    await server.execute("systemctl start unmet.service");
    expect(await messageOf(server.waitForUnit("unmet.service"))).toMatch(
      /unmet\.service will not become active: [^]*was skipped because of an unmet condition/,
    );
    const absent = await messageOf(server.waitForUnit("no-such.service"));
    expect(absent).toContain("no-such.service will not become active: there is no such unit.");
    expect(absent).toContain("`systemctl list-unit-files` names all that there are.");
  });
});

it("evidence has the journals of units that failed, and of those that were waited for", async () => {
  const { server } = cluster.machines;
  await server.waitForUnit("once.service");
  const [broken, ...others] = await server.collectEvidence();
  expect(broken).toMatch(/^server: broken\.service \(failed\), end of its journal:\n[^]*I am broken/);
  expect(others.join("\n")).toMatch(/server: once\.service \(inactive\), end of its journal:/);
  expect(others.at(-1)).toMatch(/^server's console/);
});

it("evidence is what a guest has told in time", async () => {
  const { server } = cluster.machines;
  await server.succeed(
    "printf '#!/bin/sh\\nsleep 60\\n' > /root/slow; chmod +x /root/slow; mount --bind /root/slow /usr/bin/dmesg",
  );
  const [broken, ...others] = await server.collectEvidence();
  await server.succeed("umount -l /usr/bin/dmesg; rm /root/slow");
  expect(broken).toMatch(/^server: broken\.service \(failed\), end of its journal:\n[^]*I am broken/);
  expect(others).toContain("server did not tell more of its units within 8 s");
});

describe("other verbs for units", () => {
  it("start, stop and describe them", async () => {
    const { client } = cluster.machines;
    expect(await client.stopJob("nginx")).toMatchObject({ exitCode: 0 });
    await client.requireUnitState("nginx.service", "inactive");
    expect(await messageOf(client.requireUnitState("nginx.service"))).toContain(
      "UNIT_STATE: client: nginx.service should be active, and is inactive.",
    );
    expect(await client.startJob("nginx")).toMatchObject({ exitCode: 0 });
    expect(await client.getUnitProperty("nginx.service", "ActiveState")).toBe("active");
    expect(await client.getUnitInfo("nginx.service")).toMatchObject({ Id: "nginx.service", SubState: "running" });
    expect(await messageOf(client.getUnitProperty("nginx", "Nonsense"))).toContain("nginx has no property Nonsense");
    expect(await client.startJob("no-such.service")).toMatchObject({ exitCode: 5 });
  });

  it("ask the systemd of a user", async () => {
    const { client } = cluster.machines;
    await client.succeed("loginctl enable-linger alice");
    await client.waitForUnit("user@1234.service");
    await client.waitForUnit("default.target", { user: "alice" });
    const { stdout } = await client.systemctl("is-active default.target", { user: "alice" });
    expect(stdout).toBe("active\n");
  });
});

describe("a fork of Debian machines", () => {
  let fork: Two;
  beforeAll(async () => {
    fork = await used.lab.start({ name: "debian", nodes });
  });

  it("has the host's time, and systemd and its journal have not minded the jump", async () => {
    expect(fork.origin.how).toBe("forked");
    const { server } = fork.machines;
    const startedAt = Date.now() / 1000;
    expect(Math.abs(Number(await server.succeed("date +%s")) - startedAt)).toBeLessThan(3);
    // Long enough for timers that think that they are late.
    await server.sleep(3_000);
    expect(await server.succeed("systemctl list-units --state=failed --plain --no-legend | cut -d' ' -f1")).toBe(
      "broken.service\n",
    );
    expect(await server.succeed("systemctl list-jobs --no-legend | wc -l")).toBe("0\n");
    const since = await server.succeed(`journalctl --no-pager -q -o cat --since=@${Math.floor(startedAt - 5)}`);
    expect(since.split("\n").filter(Boolean).length, since).toBeLessThan(10);
    await server.succeed("logger -t fork 'still here'", "journalctl -q -t fork --since=-1min | grep 'still here'");
  });

  it("has timers that go by its new time", async () => {
    const { server } = fork.machines;
    const note = (name: string): string => `sh -c 'date +%s > /run/${name}.new; mv /run/${name}.new /run/${name}'`;
    const startedAt = Math.floor(Date.now() / 1000);
    await server.succeed(
      `systemd-run --quiet --unit=calendar --on-calendar='*:*:*' --timer-property=AccuracySec=100ms ${note("calendar")}`,
      `systemd-run --quiet --unit=elapsed --on-active=1 --timer-property=AccuracySec=100ms ${note("elapsed")}`,
    );
    for (const name of ["calendar", "elapsed"]) {
      await server.waitForFile(`/run/${name}`, { timeout: 90_000 });
      expect(Number(await server.succeed(`cat /run/${name}`))).toBeGreaterThanOrEqual(startedAt - 1);
    }
    await server.succeed("systemctl stop calendar.timer");
  });

  it("has its layer's machine id, which is its own among its cluster", async () => {
    const id = "cat /etc/machine-id";
    const { server, client } = fork.machines;
    expect(await server.succeed(id)).toMatch(/^[0-9a-f]{32}\n$/);
    expect(await server.succeed(id)).toBe(await cluster.machines.server.succeed(id));
    expect(await server.succeed(id)).not.toBe(await client.succeed(id));
  });

  it("serves at once, and reboots like any machine", async () => {
    const { server, client } = fork.machines;
    expect(await client.succeed(page)).toContain("Welcome to nginx!");
    await server.succeed("echo kept > /var/lib/kept; sync");
    await server.reboot();
    expect(await server.succeed("cat /var/lib/kept")).toBe("kept\n");
    await server.waitForUnit("nginx.service");
    await fork.stop();
  });
});
