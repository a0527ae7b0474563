import { acceleratorVerdict, type Lease, type ProcessHost } from "@vitest-machines/host";
import { createMachine } from "../machine/create-machine.ts";
import type { Machine } from "../machine/machine.ts";
import type { MachineSetting } from "../machine/setting.ts";
import type { Power } from "../machine/power/power.ts";
import type { ClusterPlan } from "../topology/plan.ts";
import type { Trace } from "../trace/trace.ts";
import { bootAll } from "./boot-all.ts";
import { costOf } from "./cost.ts";
import type { ClusterEvent } from "./events.ts";
import type { ClusterOptions } from "./options.ts";
import { prepareImages } from "./prepare-images.ts";
import { startSwitches } from "./start-switches.ts";
import type { Teardown } from "./teardown.ts";

/** As in the NixOS test driver: long enough for a slow guest, and what hangs for ever still ends in an error. */
const defaultWaitMs = 900_000;

export interface SetUp {
  readonly plan: ClusterPlan;
  readonly teardown: Teardown;
  readonly trace: Trace;
  readonly report: (event: ClusterEvent) => void;
  readonly processHost: ProcessHost;
  readonly options: ClusterOptions;
}

/** Makes a planned cluster real, step by step; each step's undoing is registered before it begins. */
export async function setUp(given: SetUp): Promise<Record<string, Machine>> {
  const { plan, trace, report, options } = given;
  const { signal } = options;
  const phase = (name: string): void => trace.add({ type: "cluster-phase", phase: name });

  phase("images");
  const images = await prepareImages(plan.nodes, report, signal);
  phase("accelerator");
  const [anyFiles] = images.values();
  if (!anyFiles) throw new Error("a plan has at least one machine, and every machine an image");
  const { kernel, initrd, kernelParams } = anyFiles;
  const verdict = await acceleratorVerdict({ kernel, initrd, kernelParams, signal });
  report({ type: "accelerator", ...verdict });

  phase("lease");
  const lease = await takeLease(given);
  // Only what this cluster itself does from here on counts: images and the budget are others' time.
  const startedAt = performance.now();
  phase("switches");
  const incidents: string[] = [];
  const switches = await startSwitches(given, lease, (error) => {
    incidents.push(error.message);
    trace.add({ type: "error", code: error.code, message: error.message });
    report({ type: "switch-down", error });
  });
  const machines: Record<string, Machine> = {};
  const powers = new Map<string, Power>();
  for (const node of plan.nodes) {
    const boot = images.get(node.image.key);
    if (!boot) throw new Error(`the image of ${node.name} was not prepared`);
    const setting: MachineSetting = {
      ...{ node, boot, lease, switches, incidents, trace, report },
      accelerator: verdict.accelerator,
      bootTimeoutMs: plan.bootTimeoutMs,
      waitTimeoutMs: options.waitTimeout ?? defaultWaitMs,
    };
    const { machine, power } = createMachine(setting);
    machines[node.name] = machine;
    powers.set(node.name, power);
  }
  given.teardown.add(() => {
    for (const power of powers.values()) power.close(`cluster ${JSON.stringify(plan.name)} was stopped`);
  });
  phase("machines");
  if (plan.boot === "all") await bootAll(powers, plan.bootTimeoutMs, signal);
  phase("ready");
  report({ type: "ready", elapsedMs: Math.round(performance.now() - startedAt) });
  return machines;
}

async function takeLease({ plan, processHost, teardown, report, options }: SetUp): Promise<Lease> {
  const lease = await processHost.lease({
    name: plan.name,
    ...costOf(plan),
    signal: options.signal,
    onWait: (reason) => report({ type: "waiting", reason }),
    onNotice: (text) => report({ type: "notice", text }),
  });
  teardown.add(() => lease.release());
  return lease;
}
