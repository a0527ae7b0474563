import { beforeEach, describe, expect, it } from "vitest";
import { Cluster } from "../../../src/index.ts";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ boot: "manual", nodes: { box: {}, late: {}, other: {}, untouched: {} } });
const box = () => lab.machine("box");
// Tests end it in many ways; each begins with one that runs, or boots.
beforeEach(() => box().start());
const bootId = () => box().succeed("cat /proc/sys/kernel/random/boot_id");

it("a manual machine is off until somebody starts it or uses it", async () => {
  const untouched = lab.machine("untouched");
  expect(untouched.isUp()).toBe(false);
  expect(untouched.consoleLog()).toBe("");
  await untouched.start();
  expect(untouched.isUp()).toBe(false);
  await untouched.waitUntilReady();
  expect(untouched.isUp()).toBe(true);
  await untouched.start();
});

it("a verb that is given up while its machine boots says that the machine was the reason", async () => {
  const late = lab.machine("late");
  await late.start();
  const signal = AbortSignal.timeout(200);
  expect(await messageOf(late.succeed("true", { signal }))).toMatch(
    /^ABORTED: late was not ready yet: stopped waiting: .*\nlate's console/,
  );
});

it("reboots into a new kernel with the same name and addresses", async () => {
  const before = await bootId();
  await box().succeed("touch /tmp/lost");
  await box().reboot();
  expect(box().isUp()).toBe(true);
  expect(await bootId()).not.toBe(before);
  expect(await box().succeed("hostname; ip -4 -o addr show eth1")).toMatch(/^box\n.*192\.168\.1\.1\/24/);
  await box().fail("test -e /tmp/lost");
});

it("says when a reboot takes too long", async () => {
  expect(await messageOf(box().reboot({ timeout: 300 }))).toMatch(
    /^(WAIT_TIMEOUT: box: waited|BOOT_TIMEOUT: box was not ready within) 0\.\d s/,
  );
  // It goes on in the guest. What is done to the machine after it is what counts then.
  await box().crash();
  expect(await messageOf(box().succeed("true"))).toMatch(/^MACHINE_DOWN: box is down: it was crashed by crash\(\)/);
});

describe("a machine that was shut down", () => {
  it("is down, says so, and comes back when it is started", async () => {
    await box().shutdown();
    expect(box().isUp()).toBe(false);
    await box().shutdown();
    expect(await messageOf(box().succeed("true"))).toBe(
      "MACHINE_DOWN: box is down: it was shut down by shutdown().\nStart it again with box.start().",
    );
    expect(box().consoleLog()).toContain("reboot: Power down");
    await box().start();
    expect(await box().succeed("hostname")).toBe("box\n");
  });

  it("by the guest itself can be waited for", async () => {
    await box().succeed("(sleep 0.5; poweroff) > /dev/null 2>&1 &");
    await box().waitForShutdown();
    expect(box().isUp()).toBe(false);
    await box().waitForShutdown();
  });
});

it("crashes like a power cut", async () => {
  await box().waitUntilReady();
  await box().crash();
  await box().crash();
  expect(await messageOf(box().execute("true"))).toBe(
    "MACHINE_DOWN: box is down: it was crashed by crash().\nStart it again with box.start().",
  );
  await box().start();
  await box().waitUntilReady();
});

describe("a machine that dies while a verb waits", () => {
  it("ends the wait at once, with the kernel's last words", async () => {
    const waiting = box().waitForFile("/tmp/never");
    const commanded = messageOf(
      box().succeed("sleep 0.3; echo working; sleep 0.2; echo c > /proc/sysrq-trigger; sleep 60"),
    );
    await expect(waiting).rejects.toMatchObject({
      code: "MACHINE_DOWN",
      summary: "box is down: the guest's kernel panicked: sysrq triggered crash.",
    });
    expect(await commanded).toMatch(
      /^MACHINE_DOWN: box is down: the guest's kernel panicked: sysrq triggered crash\.\nbox was running: sleep 0\.3; .*\nstdout:\nworking\nbox's console, last lines:\n/,
    );
    expect(lab.events).toContainEqual(expect.objectContaining({ type: "machine-down", machine: "box" }));
  });

  it("also when the guest restarts by itself", async () => {
    expect(await messageOf(box().succeed("reboot; sleep 60"))).toMatch(
      /^MACHINE_DOWN: box is down: the guest restarted \(only reboot\(\) lets it do that\)\./,
    );
  });
});

it("an agent that was killed is talked to again", async () => {
  await expect(box().execute("killall -9 agent; sleep 60")).rejects.toMatchObject({
    code: "AGENT_LOST",
    machine: "box",
  });
  await box().waitUntilSucceeds("true", { timeout: 20_000 });
  expect(await box().succeed("echo back")).toBe("back\n");
});

it("the first verb starts a machine that never ran", async () => {
  const other = lab.machine("other");
  expect(other.isUp()).toBe(false);
  expect(await other.succeed("hostname")).toBe("other\n");
});

it("all machines of a cluster are started, and waited for until they have ended, together", async () => {
  await using both = await Cluster.start({ boot: "manual", nodes: { one: {}, two: {} } });
  await both.startAll();
  const ended = both.joinAll({ timeout: 60_000 });
  await Promise.all(
    Object.values(both.machines).map((machine) => machine.succeed("(sleep 1; poweroff) > /dev/null 2>&1 &")),
  );
  await ended;
  expect(Object.values(both.machines).some((machine) => machine.isUp())).toBe(false);
});
