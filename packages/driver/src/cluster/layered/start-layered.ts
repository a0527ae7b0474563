import { isMachinesError } from "@vitest-machines/host";
import type { LayerFacts } from "../../layers/layer-facts.ts";
import type { Spare } from "../../layers/pool/spare.ts";
import type { LayerStore } from "../../layers/store/store.ts";
import type { StoredLayer } from "../../layers/store/types.ts";
import { resume } from "../../layers/freeze/freeze.ts";
import type { ClusterRun } from "../cluster-run.ts";
import type { Origin } from "../origin.ts";
import { freezeMembers, planFreeze, reasonOf, type FreezePlan } from "./freeze-members.ts";
import type { LayerName, Layering } from "./layering.ts";
import { prepare } from "../prepare.ts";

export interface LayeredStart {
  readonly run: ClusterRun;
  readonly layering: Layering;
  /** The layer that was there at first, and a fork of it. */
  readonly found: StoredLayer | undefined;
  readonly spare: Spare | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Started {
  readonly origin: Origin;
  /** What the cluster is forked from; the caller releases it. Undefined when it could not be frozen and runs as it booted. */
  readonly layer: StoredLayer | undefined;
}

/** Starts a cluster from its layer, making the layer first where it is not there. */
export async function startLayered(start: LayeredStart): Promise<Started> {
  const { run, found, spare, signal, layering } = start;
  if (found && spare) {
    const failure = await tryFork(run, found, spare, signal);
    if (failure === undefined) return { origin: originOf(found, spare), layer: found };
    notice(run, `${run.parts.plan.name}: a fork that was made ahead of time does not work: ${failure}`);
  }
  if (found) {
    const failure = await tryFork(run, found, undefined, signal);
    if (failure === undefined) return { origin: originOf(found), layer: found };
    // The files are as they were written, but what is in them does not run.
    notice(run, `the layer of ${run.parts.plan.name} was dropped, because no fork of it works: ${failure}`);
    await layering.store.drop(found);
  }
  const { layer, isOurs } = layering.prepared
    ? await obtainPrepared(start, layering.prepared)
    : await obtainBooted(start);
  if (!layer) return { origin: { how: "booted", frozen: false }, layer };
  try {
    await run.fork(frozen(layer), { why: becomesFork, signal });
  } catch (error) {
    // Nobody else knows of it yet.
    await layer.release();
    throw error;
  }
  return { origin: isOurs ? { how: "booted", frozen: true } : originOf(layer), layer };
}

/** @returns why it did not work; the machines are off then */
async function tryFork(
  run: ClusterRun,
  layer: StoredLayer,
  spare: Spare | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    await run.fork(frozen(layer), { spare, why: "it was forked", signal });
    return undefined;
  } catch (error) {
    if (isAborted(error)) throw error;
    await run.halt("it did not work as a fork");
    return reasonOf(error);
  }
}

const becomesFork = "it was frozen and goes on as a fork";

interface Obtained {
  readonly layer: StoredLayer | undefined;
  /** Made here and now. */
  readonly isOurs: boolean;
}

/** The layer of the booted cluster, which is booted and frozen unless somebody else has done so. */
function obtainBooted({ run, layering, signal }: LayeredStart): Promise<Obtained> {
  return obtain(run, layering, layering.booted, signal, () => run.boot(signal));
}

function obtainPrepared(start: LayeredStart, name: LayerName): Promise<Obtained> {
  const { run, layering, signal } = start;
  return obtain(run, layering, name, signal, async () => {
    const { layer: base } = await obtainBooted(start);
    try {
      if (base) await run.fork(frozen(base), { why: becomesFork, signal });
      await prepare(run, signal);
    } finally {
      await base?.release();
    }
  });
}

/** @param make brings the machines to the moment that is to be frozen */
async function obtain(
  run: ClusterRun,
  { store }: Layering,
  { key, inputs }: LayerName,
  signal: AbortSignal | undefined,
  make: () => Promise<void>,
): Promise<Obtained> {
  const { plan, report, trace } = run.parts;
  let stopped: FreezePlan | undefined;
  let isOurs = false;
  const build = async (folder: string): Promise<{ files: readonly string[]; facts: LayerFacts } | undefined> => {
    const startedAt = performance.now();
    await make();
    const absent = run.absentMachine;
    if (absent !== undefined) {
      notice(run, `${plan.name} was not frozen, so it will boot each time: ${absent} is not up`);
      return undefined;
    }
    const stumbled = run.stumbledMachine;
    if (stumbled !== undefined) {
      notice(run, `${plan.name} was not frozen, so it will boot each time: ${stumbled} has stumbled`);
      return undefined;
    }
    trace.add({ type: "cluster-phase", phase: "freezing" });
    const freezePlan = await planFreeze(run.freezeOrder(signal));
    const obstacle = freezePlan.obstacle ?? (await roomObstacle(store, freezePlan.bytes));
    if (obstacle !== undefined) {
      notice(run, `${plan.name} was not frozen, so it will boot each time: ${obstacle}`);
      return undefined;
    }
    stopped = freezePlan;
    const { files, nodes } = await freezeMembers(freezePlan, folder, run.within(signal));
    const machines = plan.nodes.map(({ name }) => name);
    isOurs = true;
    const madeInMs = Math.round(performance.now() - startedAt);
    return { files, facts: { cluster: plan.name, machines, madeInMs, nodes, links: freezePlan.links } };
  };
  const onWait = (): void => report({ type: "waiting", reason: "another process makes its layer" });
  const onNotice = (text: string): void => notice(run, text);
  try {
    return { layer: await store.obtain(key, inputs, build, { signal, onWait, onNotice }), isOurs };
  } catch (error) {
    if (!stopped || isAborted(error)) throw error;
    await resume(stopped.subjects, plan.clock);
    notice(run, `${plan.name} could not be frozen and runs as it booted: ${reasonOf(error)}`);
    return { layer: undefined, isOurs: false };
  }
}

async function roomObstacle(store: LayerStore, bytes: number): Promise<string | undefined> {
  const { fits, reason } = await store.roomFor(bytes);
  return fits ? undefined : (reason ?? "there is no room for it");
}

function originOf(layer: StoredLayer, spare?: Spare): Origin {
  if (spare?.kind === "kept") return { how: "kept", layerKey: layer.key };
  const { madeInMs } = layer.facts as LayerFacts;
  const ageMs = Date.now() - layer.createdAt.getTime();
  return { how: "forked", layerKey: layer.key, ageMs, madeInMs, spare: spare !== undefined };
}

export function frozen(layer: StoredLayer): { folder: string; facts: LayerFacts } {
  return { folder: layer.folder, facts: layer.facts as LayerFacts };
}

function notice({ parts }: ClusterRun, text: string): void {
  parts.report({ type: "notice", text });
}

function isAborted(error: unknown): boolean {
  return isMachinesError(error) && error.code === "ABORTED";
}
