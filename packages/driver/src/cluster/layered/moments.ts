import { MachinesError } from "@vitest-machines/host";
import { keptName } from "../../layers/pool/kept-name.ts";
import type { Spares } from "../../layers/pool/spare.ts";
import type { ForkRecipe } from "../../layers/recipe.ts";
import type { SetUpCluster } from "../set-up.ts";
import { Checkpoints } from "./checkpoints.ts";
import { frozen } from "./start-layered.ts";
import { prepare } from "../prepare.ts";

/** The moments that a cluster can be taken to, one after the other. */
export class Moments {
  readonly #cluster: SetUpCluster;
  readonly #spares: Spares | undefined;
  readonly #checkpoints: Checkpoints;
  /** What was asked for last: two moves at once would leave machines at different moments. */
  #last: Promise<unknown> = Promise.resolve();
  #isAtCheckpoint = false;

  constructor(cluster: SetUpCluster, spares: Spares | undefined) {
    this.#cluster = cluster;
    this.#spares = spares;
    this.#checkpoints = new Checkpoints(cluster.run, cluster.network);
  }

  get forkRecipe(): ForkRecipe | undefined {
    const { run, layer } = this.#cluster;
    return layer && { ...run.parts.recipe, layerKey: layer.key };
  }

  reset(signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn(() => this.#reset(signal));
  }

  checkpoint(name: string, signal: AbortSignal | undefined): Promise<void> {
    if (typeof name !== "string" || name === "") {
      throw new MachinesError("DECLARATION_INVALID", `${JSON.stringify(name)} is no name for a checkpoint.`);
    }
    return this.#inTurn(() => {
      const { running } = this.#cluster.created;
      if (running !== undefined) throw notAlone(running);
      return this.#checkpoints.take(name, signal);
    });
  }

  restore(name: string, signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn(async () => {
      this.#isAtCheckpoint = true;
      await this.#cluster.created.endAll("its cluster was taken back to a checkpoint");
      await this.#checkpoints.restore(name, signal);
    });
  }

  /** @returns whether the machines were left, so that their lease must not be released */
  async keep(name: string): Promise<boolean> {
    const { run, layer, hold, network } = this.#cluster;
    // A checkpoint's files end with the cluster.
    if (!layer || !this.#spares || this.#isAtCheckpoint) return false;
    await network.heal();
    const spare = await run.suspend(hold.lease);
    if (!spare) return false;
    hold.passOn();
    await this.#spares.keep(keptName(name, layer.key), spare);
    return true;
  }

  async release(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#checkpoints.release();
  }

  async #reset(signal: AbortSignal | undefined): Promise<void> {
    const { run, layer, network } = this.#cluster;
    const why = "its cluster was reset";
    await this.#cluster.created.endAll(why);
    if (!layer) {
      await run.halt(why);
      await network.moveTo([]);
      if (run.parts.plan.boot === "manual") return;
      await run.boot(signal);
      await prepare(run, signal);
      return;
    }
    const spare = await this.#spares?.take(layer.key);
    await run.fork(frozen(layer), { spare, why, signal, arrange: () => network.moveTo([]) });
    this.#isAtCheckpoint = false;
  }

  #inTurn(move: () => Promise<void>): Promise<void> {
    const { conditions } = this.#cluster.run.parts;
    const paused = (): Promise<void> => conditions.pause(move);
    const done = this.#last.then(paused, paused);
    this.#last = done;
    return done;
  }
}

function notAlone(machine: string): MachinesError {
  const summary = `the cluster cannot be frozen while ${machine} runs, which was created later and is no part of it.`;
  return new MachinesError("FREEZE_FAILED", summary, { machine, hint: `Shut ${machine} down before.` });
}
