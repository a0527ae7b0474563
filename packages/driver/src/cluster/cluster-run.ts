import { Deadline, type HostedProcess, type Lease } from "@vitest-machines/host";
import { machineFolder } from "../layers/fork/machine-folder.ts";
import type { Site } from "../layers/fork/open-fork.ts";
import type { Frozen } from "../layers/layer-facts.ts";
import type { Spare } from "../layers/pool/spare.ts";
import type { ForkBasis } from "../layers/recipe.ts";
import type { Conditions } from "../machine/conditions/conditions.ts";
import type { Machine } from "../machine/machine.ts";
import type { Trace } from "../trace/trace.ts";
import type { ClusterPlan } from "../topology/plan.ts";
import { bootAll } from "./boot-all.ts";
import type { Crew } from "./crew.ts";
import type { ClusterEvent } from "./events.ts";
import { forkMembers } from "./layered/fork-members.ts";
import type { FreezeOrder } from "./layered/freeze-members.ts";
import { adoptSite, type SwitchWatch } from "./site.ts";

export interface RunParts {
  readonly plan: ClusterPlan;
  readonly recipe: ForkBasis;
  readonly crew: Crew;
  readonly conditions: Conditions;
  readonly site: Site;
  /** What runs on the site's lease, by name. */
  readonly processes: ReadonlyMap<string, HostedProcess>;
  readonly watch: SwitchWatch;
  readonly trace: Trace;
  readonly report: (event: ClusterEvent) => void;
}

/** The machines of a started cluster as one: where they run now, and how they get to another moment together. */
export class ClusterRun {
  readonly parts: RunParts;
  #site: Site;
  /** Which of their lease's folders the machines are in, and the last one that was ever in use. */
  #generation = 0;
  #lastGeneration = 0;
  /** Of the last spare that machines went to; the cluster's first lease stays to its end, because others may count on it. */
  #extra: Lease | undefined;

  constructor(parts: RunParts) {
    this.parts = parts;
    this.#site = parts.site;
  }

  get site(): Site {
    return this.#site;
  }

  get machines(): Record<string, Machine> {
    return Object.fromEntries([...this.parts.crew].map(([name, { machine }]) => [name, machine]));
  }

  /** The name of one that does not run, which nothing can be frozen of. */
  get absentMachine(): string | undefined {
    return [...this.parts.crew].find(([, { power }]) => power.phase !== "ready")?.[0];
  }

  /** The name of one in which something went wrong by itself: whatever follows from it would be wrong, too. */
  get stumbledMachine(): string | undefined {
    return [...this.parts.crew].find(([, { setting }]) => setting.stumbles.some)?.[0];
  }

  /** A limit for one step of all machines together. */
  within(signal: AbortSignal | undefined): Deadline {
    return Deadline.after(this.parts.plan.bootTimeoutMs, signal);
  }

  /** What freezing the machines as they are now takes. */
  freezeOrder(signal: AbortSignal | undefined): FreezeOrder {
    const { crew, recipe } = this.parts;
    return { crew, recipe, site: this.#site, deadline: this.within(signal) };
  }

  async boot(signal: AbortSignal | undefined): Promise<void> {
    const { plan, crew } = this.parts;
    const powers = new Map([...crew].map(([name, { power }]) => [name, power]));
    await bootAll(powers, plan.bootTimeoutMs, signal);
  }

  /**
   * Takes all machines to the moment of a layer.
   * @param spare a fork that was made ahead of time; its lease is the run's from now on
   * @throws what {@link forkMembers} throws
   */
  async fork(
    layer: Frozen,
    how: {
      spare?: Spare | undefined;
      why: string;
      signal: AbortSignal | undefined;
      /** Called when it is known where machines go on, before any of them does. */
      arrange?: (() => Promise<void>) | undefined;
    },
  ): Promise<void> {
    const { recipe, crew, plan, watch } = this.parts;
    const { spare, why, signal } = how;
    const before = this.#extra;
    if (spare && spare.lease.folder !== this.parts.site.lease.folder) {
      // Its switches end with the next move, on purpose.
      const isStopping = (): boolean => watch.isStopping() || this.#extra !== spare.lease;
      this.#extra = spare.lease;
      this.#site = adoptSite(plan, spare, { ...watch, isStopping });
    }
    const generation = spare?.generation ?? this.#nextGeneration();
    this.#occupy(generation);
    await how.arrange?.();
    const order = { crew, recipe, layer, site: this.#site, spare, why, generation };
    await forkMembers({ ...order, deadline: this.within(signal) });
    if (spare && before) await before.release();
  }

  /** Ends every machine and forgets what it wrote, so that it can be booted anew. */
  async halt(why: string): Promise<void> {
    const generation = this.#nextGeneration();
    this.#occupy(generation);
    const { lease } = this.parts.site;
    await Promise.all(
      [...this.parts.crew.values()].map(({ power, setting }) => {
        const folder = machineFolder(lease.folder, setting.node.number, generation);
        return power.halt(why, { ...setting.seat, folder });
      }),
    );
    this.#site = this.parts.site;
  }

  /**
   * Stops all machines as they are and lets go of them, so that another cluster can take them. Undefined when that cannot
   * be, because one is not up; then nothing has happened.
   */
  async suspend(lease: Lease): Promise<Spare | undefined> {
    const { crew, processes } = this.parts;
    const lives = [...crew.values()].flatMap(({ power: { phase, life } }) =>
      phase === "ready" && life && !life.down.aborted ? [life] : [],
    );
    if (this.#extra || lives.length < crew.size) return undefined;
    await Promise.all(lives.map((life) => life.suspend()));
    return { kind: "kept", lease, processes, generation: this.#generation };
  }

  #nextGeneration(): number {
    return this.#lastGeneration + 1;
  }

  #occupy(generation: number): void {
    this.#generation = generation;
    this.#lastGeneration = Math.max(this.#lastGeneration, generation);
  }

  /** Gives back what forks have taken. */
  async release(): Promise<void> {
    await this.#extra?.release();
  }
}
