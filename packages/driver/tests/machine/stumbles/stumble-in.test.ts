import { expect, it } from "vitest";
import { corePattern, stumbleIn } from "../../../src/machine/stumbles/stumble-in.ts";

it.each([
  "[    3.141592] BUG: unable to handle page fault for address: 0000000000001000",
  "[    3.141592] BUG: kernel NULL pointer dereference, address: 0000000000000000",
  "[    3.141592] Oops: 0002 [#1] PREEMPT SMP NOPTI",
  "[    3.141592] general protection fault, probably for non-canonical address: 0000 [#1]",
  "[    3.141592][   T12] kernel BUG at mm/slub.c:435!",
  "[   13.141592] Kernel panic - not syncing: sysrq triggered crash",
  "login: [   13.141592] BUG: Bad page state in process sh  pfn:00001",
])("is an oops: %s", (line) => {
  expect(stumbleIn(line)?.kind).toBe("oops");
});

it.each([
  "BUG: a program's own words",
  "[   61.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:100]",
  "[   61.000000] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 30s!",
  "[   61.000000] rcu: INFO: rcu_preempt self-detected stall on CPU",
  "[   61.000000] INFO: task sh:100 blocked for more than 120 seconds.",
  "[   61.000000] WARNING: CPU: 0 PID: 1 at kernel/time/timekeeping.c:1",
  "[    3.000000] debugging: Oops is a word",
  "",
])("is none: %s", (line) => {
  expect(stumbleIn(line)).toBeUndefined();
});

it("a core dump is told with its program and signal", () => {
  expect(stumbleIn("[    3.141592] core dumped by my server, x, pid 12, signal 11")).toEqual({
    kind: "coreDumps",
    what: "my server, x (pid 12) dumped core: SIGSEGV",
  });
});

it("the kernel takes the core pattern whole", () => {
  expect(corePattern.length).toBeLessThan(128);
});
