import {
  cacheFolder,
  createRunFolder,
  isMachinesError,
  MachinesError,
  startJanitor,
  type Janitor,
} from "@vitest-machines/host";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { resume } from "../../layers/freeze/freeze.ts";
import type { Frozen } from "../../layers/layer-facts.ts";
import type { ClusterRun } from "../cluster-run.ts";
import type { ClusterNetwork } from "../network/cluster-network.ts";
import type { ActiveFault } from "../network/fault-board.ts";
import { freezeMembers, planFreeze, reasonOf } from "./freeze-members.ts";

/** Moments of one cluster that it can be taken back to. They live as long as the cluster. */
export class Checkpoints {
  readonly #run: ClusterRun;
  readonly #network: ClusterNetwork;
  readonly #taken = new Map<string, Frozen & { readonly faults: readonly ActiveFault[] }>();
  #place: Promise<{ folder: string; janitor: Janitor }> | undefined;
  #count = 0;

  constructor(run: ClusterRun, network: ClusterNetwork) {
    this.#run = run;
    this.#network = network;
  }

  /** @throws FREEZE_FAILED, after which the machines go on; MACHINE_DOWN when one is not up; ABORTED */
  async take(name: string, signal: AbortSignal | undefined): Promise<void> {
    const { folder: parent } = await this.#openPlace();
    const folder = join(parent, String(++this.#count));
    await mkdir(folder, { mode: 0o700 });
    try {
      const before = this.#taken.get(name);
      const faults = this.#network.mark().active;
      this.#taken.set(name, { ...(await this.#freeze(folder, signal)), faults });
      if (before) await rm(before.folder, { recursive: true, force: true });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @throws HANDLE_MISUSE for a name that was never taken; what a fork throws */
  async restore(name: string, signal: AbortSignal | undefined): Promise<void> {
    const checkpoint = this.#taken.get(name);
    if (!checkpoint) throw unknownName(name, [...this.#taken.keys()]);
    await this.#run.fork(checkpoint, {
      why: `its cluster was taken back to checkpoint ${JSON.stringify(name)}`,
      signal,
      arrange: () => this.#network.moveTo(checkpoint.faults),
    });
  }

  async release(): Promise<void> {
    if (!this.#place) return;
    const place = await this.#place;
    await rm(place.folder, { recursive: true, force: true });
    await place.janitor.standDown();
  }

  /** One that could not be opened is tried again the next time. */
  #openPlace(): Promise<{ folder: string; janitor: Janitor }> {
    const place = this.#place ?? openPlace();
    this.#place = place;
    place.catch(() => (this.#place = undefined));
    return place;
  }

  async #freeze(folder: string, signal: AbortSignal | undefined): Promise<Frozen> {
    const { plan } = this.#run.parts;
    const startedAt = performance.now();
    const freezePlan = await planFreeze(this.#run.freezeOrder(signal));
    const { obstacle, subjects, links } = freezePlan;
    if (obstacle !== undefined) throw impossible(plan.name, obstacle);
    try {
      const { nodes } = await freezeMembers(freezePlan, folder, this.#run.within(signal));
      const machines = plan.nodes.map((node) => node.name);
      const madeInMs = Math.round(performance.now() - startedAt);
      return { folder, facts: { cluster: plan.name, machines, madeInMs, nodes, links } };
    } catch (error) {
      throw isMachinesError(error) && error.code === "ABORTED" ? error : impossible(plan.name, reasonOf(error), error);
    } finally {
      await resume(subjects, plan.clock);
    }
  }
}

/** On a disk: memory is what machines need most. */
async function openPlace(): Promise<{ folder: string; janitor: Janitor }> {
  const base = join(cacheFolder(), "checkpoints");
  await mkdir(base, { recursive: true, mode: 0o700 });
  const folder = createRunFolder("checkpoints", base);
  return { folder, janitor: await startJanitor(folder) };
}

function impossible(cluster: string, why: string, cause?: unknown): MachinesError {
  return new MachinesError("FREEZE_FAILED", `cluster ${JSON.stringify(cluster)} could not be frozen: ${why}`, {
    cause,
  });
}

function unknownName(name: string, known: readonly string[]): MachinesError {
  return new MachinesError("HANDLE_MISUSE", `there is no checkpoint ${JSON.stringify(name)}`, {
    hint: known.length === 0 ? "Take it first: await cluster.checkpoint(name)." : `There are: ${known.join(", ")}.`,
  });
}
