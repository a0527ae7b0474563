import { expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: {}, careless: { allow: ["oops", "coreDumps"] } } });
const box = () => lab.machine("box");
/** The kernel of the image has no way to provoke an oops that does not end it, so these are only its words. */
const oops =
  'echo "<1>BUG: unable to handle page fault for address: 1000" > /dev/kmsg; echo "<1>RIP: 0010:f+0x1" > /dev/kmsg';

it("a process that dumps core is noticed before its end is known, wherever it runs and whatever its limits are", async () => {
  const { signal } = await box().execute(["sh", "-c", "ulimit -c 0; cd /; kill -SEGV $$"]);
  expect(signal).toBe("SIGSEGV");
  const [error] = await lab.cluster.takeStumbles();
  expect(error).toMatchObject({ code: "GUEST_STUMBLED", machine: "box" });
  expect(error!.message).toMatch(
    /^GUEST_STUMBLED: box: sh \(pid \d+\) dumped core: SIGSEGV\.\nbox's console, last lines:\n[^]*core dumped by sh/,
  );
  expect(lab.events).toContainEqual(expect.objectContaining({ type: "machine-stumbled", machine: "box" }));
  expect(await lab.cluster.takeStumbles()).toEqual([]);
  expect(await box().succeed("ls / | grep core || echo none")).toBe("none\n");
});

it("signals that end a process without a core are nothing", async () => {
  await box().execute("kill -TERM $$");
  await box().execute("kill -KILL $$");
  expect(await lab.cluster.takeStumbles()).toEqual([]);
});

it("an oops is told with what the kernel said after it", async () => {
  await box().succeed(oops);
  const [error] = await lab.cluster.takeStumbles();
  expect(error!.message).toMatch(/^GUEST_STUMBLED: box: BUG: unable to handle page fault[^]*RIP: 0010:f/);
});

it("what is allowed is nothing", async () => {
  await lab.machine("careless").execute("kill -SEGV $$");
  await lab.machine("careless").succeed(oops);
  await box().allowStumbles(async () => {
    await box().execute("kill -ABRT $$");
    await box().succeed(oops);
  });
  expect(await lab.cluster.takeStumbles()).toEqual([]);
});

it("a panic is told, also when nobody asked the machine for anything", async () => {
  expect(await messageOf(box().succeed("echo c > /proc/sysrq-trigger; sleep 60"))).toContain("MACHINE_DOWN");
  expect((await lab.cluster.takeStumbles())[0]!.message).toContain("Kernel panic - not syncing: sysrq triggered crash");
});
