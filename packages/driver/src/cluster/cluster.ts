import { LocalProcessHost } from "@vitest-machines/host";
import type { Machine } from "../machine/machine.ts";
import { planCluster } from "../topology/plan-cluster.ts";
import type { ClusterDeclaration, Nodes } from "../topology/declaration.ts";
import type { ClusterPlan } from "../topology/plan.ts";
import { noTrace, openTrace } from "../trace/trace.ts";
import type { ClusterOptions } from "./options.ts";
import { reporter } from "./reporter.ts";
import { setUp } from "./set-up.ts";
import { Teardown } from "./teardown.ts";

/** Handles by the names of the declaration; a name that is not there is a type error. */
export type Machines<N extends Nodes = Nodes> = { readonly [K in keyof N]: Machine };

/** Machines on their networks, from start to stop. */
export class Cluster<N extends Nodes = Nodes> {
  readonly name: string;
  readonly plan: ClusterPlan;
  readonly machines: Machines<N>;
  readonly #teardown: Teardown;

  private constructor(plan: ClusterPlan, machines: Machines<N>, teardown: Teardown) {
    this.name = plan.name;
    this.plan = plan;
    this.machines = machines;
    this.#teardown = teardown;
  }

  /**
   * Boots a cluster: waits for the host's budget, prepares images, starts switches, then all machines in parallel. Settles
   * when every machine is ready, or with `boot: "manual"` when every machine could be started. What it made is gone again
   * when it rejects.
   * @throws DECLARATION_INVALID, TOOL_MISSING, BUDGET_IMPOSSIBLE, IMAGE_BUILD_FAILED, SWITCH_FAILED, BOOT_FAILED,
   * BOOT_TIMEOUT, ABORTED; an AggregateError when several machines do not boot
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
      const machines = await setUp({ plan, teardown, trace, report, processHost, options });
      return new Cluster(plan, machines as Machines<N>, teardown);
    } catch (error) {
      await teardown.run();
      throw error;
    }
  }

  /** What to show of the cluster beside a failed test, as blocks of text. */
  evidence(): string[] {
    return Object.values<Machine>(this.machines).flatMap((machine) => machine.evidence());
  }

  /** Ends every machine and switch and removes their files. Idempotent. */
  stop(): Promise<void> {
    return this.#teardown.run();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
