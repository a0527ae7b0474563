import { LocalProcessHost, type MachinesError } from "@vitest-machines/host";
import type { ForkRecipe } from "../layers/recipe.ts";
import type { Conditions } from "../machine/conditions/conditions.ts";
import type { Check, PollingCondition, PollingConditionOptions } from "../machine/conditions/polling-condition.ts";
import type { Machine } from "../machine/machine.ts";
import type { VerbOptions } from "../machine/options.ts";
import { planCluster } from "../topology/plan-cluster.ts";
import type { ClusterDeclaration as Declaration, NodeDeclaration as Node } from "../topology/declaration.ts";
import type { ClusterPlan } from "../topology/plan.ts";
import { noTrace, openTrace } from "../trace/trace.ts";
import type { ClusterOptions } from "./options.ts";
import { reporter } from "./reporter.ts";
import {
  stumblesIn,
  type CreatedMachine,
  type CreatedMachineDeclaration,
  type CreatedMachines,
} from "./created/created-machines.ts";
import { Moments } from "./layered/moments.ts";
import type { Captures } from "../network/packets/captures.ts";
import type { ClusterNetwork } from "./network/cluster-network.ts";
import type { PacketEvidence } from "./network/packet-evidence.ts";
import type { Origin } from "./origin.ts";
import { setUp, type SetUpCluster } from "./set-up.ts";
import { Teardown } from "./teardown.ts";

/** One machine of a cluster, as its author writes it. */
export type NodeDeclaration = Node<Machine>;
export type Nodes = Readonly<Record<string, NodeDeclaration>>;

/** Handles by the names of the declaration; a name that is not there is a type error. */
export type Machines<N extends Nodes = Nodes> = { readonly [K in keyof N]: Machine };

/** A cluster, as its author writes it: machines by name. */
export interface ClusterDeclaration<N extends Nodes = Nodes> extends Omit<Declaration<N>, "defaults" | "prepare"> {
  /** Used for what a node leaves out: an option of a node replaces the one here as a whole. */
  defaults?: NodeDeclaration | undefined;
  /** Expensive set-up, done once: its result is frozen as a layer of its own, on top of the booted one. */
  prepare?: Prepare<N> | undefined;
}

export interface Prepare<N extends Nodes = Nodes> {
  /** Names what `run` makes. To be changed when that changes in a way that the source text of `run` does not show. */
  key: string;
  /** Gets the machines when all are ready. What it throws is what starting the cluster fails with. */
  run(machines: Machines<N>): unknown;
  /** How long `run` may take, in milliseconds. Default 900 000 (15 min). @throws PREPARE_TIMEOUT afterwards */
  timeout?: number | undefined;
}

/** Machines on their networks, from start to stop. */
export class Cluster<N extends Nodes = Nodes> {
  readonly name: string;
  readonly plan: ClusterPlan;
  readonly machines: Machines<N>;
  /** Whether its machines booted, or were forked from a layer. */
  readonly origin: Origin;
  /** Its links, and faults of them. */
  readonly network: ClusterNetwork<Extract<keyof N, string>>;
  /** What it records by itself; undefined unless it is declared with `capture`. For whoever runs tests. */
  readonly packetEvidence: PacketEvidence | undefined;
  readonly #captures: Captures;
  readonly #teardown: Teardown;
  readonly #moments: Moments;
  readonly #conditions: Conditions;
  readonly #created: CreatedMachines;

  private constructor(setUp: SetUpCluster, moments: Moments, teardown: Teardown) {
    const { plan } = setUp.run.parts;
    this.name = plan.name;
    this.plan = plan;
    this.machines = setUp.run.machines as Machines<N>;
    this.origin = setUp.origin;
    this.network = setUp.network;
    this.packetEvidence = setUp.packetEvidence;
    this.#captures = setUp.captures;
    this.#moments = moments;
    this.#teardown = teardown;
    this.#conditions = setUp.run.parts.conditions;
    this.#created = setUp.created;
  }

  /**
   * Starts a cluster: prepares images, waits for the host's budget, starts switches, then all machines in parallel, as
   * forks of the layer that the same declaration has left. Where there is none they boot, are frozen, and go on as its
   * first forks. Settles when every machine is ready, or with `boot: "manual"` when every machine could be started. What
   * it made is gone again when it rejects.
   * @throws DECLARATION_INVALID, TOOL_MISSING, BUDGET_IMPOSSIBLE, IMAGE_BUILD_FAILED, SWITCH_FAILED, BOOT_FAILED,
   * BOOT_TIMEOUT, ABORTED; an AggregateError when several machines do not boot; what `prepare` throws
   */
  static async start<const N extends Nodes>(
    declaration: ClusterDeclaration<N>,
    options: ClusterOptions = {},
  ): Promise<Cluster<N>> {
    const plan = planCluster(declaration);
    const teardown = new Teardown();
    const { onEvent = () => undefined, traceFolder, processHost = new LocalProcessHost() } = options;
    const onTraceFailure = (error: Error): void =>
      onEvent({ type: "notice", text: `there is no trace of ${plan.name}: ${error.message}` });
    const trace = traceFolder === undefined ? noTrace : openTrace(traceFolder, onTraceFailure);
    teardown.add(() => trace.close());
    const report = reporter(trace, onEvent);
    try {
      const given = { plan, teardown, trace, report, processHost, options };
      const made = await setUp(given);
      const moments = new Moments(made, options.spares);
      teardown.add(() => moments.release());
      return new Cluster<N>(made, moments, teardown);
    } catch (error) {
      await teardown.run();
      throw error;
    }
  }

  /**
   * Takes every machine back to the moment when the cluster was ready, memory and disks alike. Handles stay; commands and
   * streams that are under way end. Without a layer the machines boot anew, and are prepared anew.
   * @throws FORK_FAILED, BOOT_FAILED, BOOT_TIMEOUT, ABORTED
   */
  reset(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#moments.reset(options.signal);
  }

  /**
   * Freezes all machines at one moment, under a name, and lets them go on. It takes up to some seconds, and room on the
   * disk for the memory that they use. A name that is taken already names the new moment.
   * @throws FREEZE_FAILED, after which the machines go on; MACHINE_DOWN when one is not up; ABORTED
   */
  checkpoint(name: string, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#moments.checkpoint(name, options.signal);
  }

  /**
   * Takes every machine back to a checkpoint, as {@link reset} does to the beginning. A checkpoint can be restored again
   * and again.
   * @throws HANDLE_MISUSE for a name that was not taken; FORK_FAILED, BOOT_FAILED, ABORTED
   */
  restore(name: string, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#moments.restore(name, options.signal);
  }

  /**
   * Adds a machine to the running cluster, on VLANs that the cluster has. The first verb starts it. It knows the others' names;
   * they do not know its, but its addresses: those of the node after the last one. It waits for its share of the host's
   * budget. It ends with its scope (`await using`), when the cluster is taken to another moment, and with the cluster;
   * while it runs there are no checkpoints.
   * @throws DECLARATION_INVALID, HANDLE_MISUSE, IMAGE_BUILD_FAILED, BUDGET_IMPOSSIBLE, ABORTED
   */
  createMachine(
    declaration: CreatedMachineDeclaration,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<CreatedMachine> {
    return this.#created.create(declaration, options.signal);
  }

  /** Machines that were added and still exist. */
  get createdMachines(): readonly Machine[] {
    return this.#created.machines;
  }

  /** Starts every machine that does not run, for `boot: "manual"`. Like `machine.start()`, it does not wait for the boot. */
  async startAll(options?: VerbOptions): Promise<void> {
    await Promise.all(Object.values<Machine>(this.machines).map((machine) => machine.start(options)));
  }

  /** Waits until every machine has ended by itself. @throws WAIT_TIMEOUT */
  async joinAll(options?: VerbOptions): Promise<void> {
    await Promise.all(Object.values<Machine>(this.machines).map((machine) => machine.waitForShutdown(options)));
  }

  /**
   * Something that has to hold from now on, until the end of its scope (`await using`), or by `end()`: `check` is called before
   * a verb of any machine when the last look is older than `interval`, and while verbs run. When it returns false or throws, the
   * verbs that are under way end at once with CONDITION_FAILED. Verbs that `check` itself calls look at no condition.
   * @throws DECLARATION_INVALID
   */
  pollingCondition(name: string, check: Check, options?: PollingConditionOptions): PollingCondition {
    return this.#conditions.add(name, check, options);
  }

  /** What forks of it that are made ahead of time follow from; undefined when it has no layer. */
  get forkRecipe(): ForkRecipe | undefined {
    return this.#moments.forkRecipe;
  }

  /** What has gone wrong in the guests by itself since the last call: {@link Machine.takeStumble} of each. */
  async takeStumbles(): Promise<MachinesError[]> {
    const own = await stumblesIn(Object.values<Machine>(this.machines));
    return [...own, ...(await this.#created.takeStumbles())];
  }

  /** What to show of the cluster beside a failed test, as blocks of text. */
  evidence(): string[] {
    const all = [...Object.values<Machine>(this.machines), ...this.createdMachines];
    return all.flatMap((machine) => machine.evidence());
  }

  /**
   * Ends the cluster as {@link stop} does, but leaves its machines, stopped, for the next one that asks for them by
   * `keptAs`. Machines that cannot be left, because one is down or there are no `spares` to leave them with, are ended.
   */
  async keep(name: string): Promise<void> {
    // Machines that are left do not know of this cluster's files.
    await this.packetEvidence?.finish();
    await this.#captures.close();
    await this.#moments.keep(name);
    await this.stop();
  }

  /** Ends every machine and switch and removes their files. Idempotent. */
  stop(): Promise<void> {
    return this.#teardown.run();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
