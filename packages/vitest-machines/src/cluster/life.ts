import { url as debuggerUrl } from "node:inspector";
import {
  Cluster,
  type ClusterDeclaration,
  type Demand as SpareDemand,
  type Machine,
  type Spares,
} from "@vitest-machines/driver";
import { MachinesError } from "@vitest-machines/host";
import { reportBoot } from "./boot-reporter.ts";
import { openConnection, type Connection } from "./connection.ts";
import type { Stage } from "./handles.ts";
import { FaultScope } from "./fault-scope.ts";
import type { TracePlace } from "./picture.ts";
import { claiming, isOwn, type Demand } from "./reservation.ts";
import type { Reset } from "./suite-declaration.ts";

/** One cluster from its declaration to its end, as a suite lives through it. */
export class ClusterLife {
  readonly #declaration: ClusterDeclaration;
  readonly #reset: Reset;
  readonly #suite: string;
  readonly faults: FaultScope = new FaultScope(() => this.cluster);
  readonly #abort = new AbortController();
  #stage: Stage = "declared";
  #connection: Connection | undefined;
  #cluster: Cluster | undefined;
  #booting: Promise<void> | undefined;
  /** Somebody may have changed a machine since all were ready. */
  #isTouched = false;

  /** @param suite the test file and the suite in it */
  constructor(declaration: ClusterDeclaration, reset: Reset, suite: string) {
    this.#suite = suite;
    this.#declaration = declaration;
    this.#reset = reset;
  }

  get stage(): Stage {
    return this.#stage;
  }

  get cluster(): Cluster | undefined {
    return this.#stage === "up" ? this.#cluster : undefined;
  }

  /** Undefined before it has asked for machines. */
  get tracePlace(): TracePlace | undefined {
    return this.#connection;
  }

  machine(name: string): Machine | undefined {
    return this.cluster?.machines[name];
  }

  get machines(): readonly Machine[] {
    return [...Object.values(this.cluster?.machines ?? {}), ...(this.cluster?.createdMachines ?? [])];
  }

  /** What has gone wrong in the guests by itself since the last call, as one error. */
  async takeStumble(): Promise<Error | undefined> {
    const all = (await this.cluster?.takeStumbles()) ?? [];
    return all.length > 1 ? new AggregateError(all, all.map(({ message }) => message).join("\n")) : all[0];
  }

  /**
   * Boots it, once, however often it is called.
   * @param name unless the declaration has one
   * @param demand what it takes of the budget
   * @param claim what it asks the budget for, for itself and for others that will live beside it
   */
  start(name: string, demand: Demand, claim: Demand): Promise<void> {
    this.#booting ??= this.#boot({ ...this.#declaration, name: this.#declaration.name ?? name }, demand, claim);
    return this.#booting;
  }

  /** Notes that somebody used a machine. */
  touch(): void {
    this.#isTouched = true;
  }

  /**
   * Takes the machines back to the moment when they were ready, unless nobody has used them since.
   * @throws HANDLE_MISUSE for a test that runs beside others: they would lose their machines
   */
  async renew(test: { concurrent?: boolean | undefined; name: string }, signal: AbortSignal): Promise<void> {
    const cluster = this.cluster;
    if (!cluster) return;
    if (test.concurrent === true) {
      throw new MachinesError(
        "HANDLE_MISUSE",
        `reset: "test" and the concurrent test ${JSON.stringify(test.name)} exclude each other`,
        {
          hint: 'Tests that run at once share their machines. Let them run one after the other, or give the suite reset: "suite".',
        },
      );
    }
    if (!this.#isTouched) return;
    await cluster.reset({ signal });
    this.#isTouched = false;
    await this.#want("next");
  }

  /** Ends it, also one that is still booting or did not boot. */
  async end(): Promise<void> {
    if (this.#stage === "ended") return;
    this.#abort.abort(new Error("the suite has ended"));
    try {
      // Its failure has been reported by whoever started it.
      await this.#booting?.catch(() => undefined);
      this.#stage = "ended";
      // Who runs tests once has no use for what they leave.
      const goesOn = this.#reset === "never" && this.#connection?.isWatching === true;
      await (goesOn ? this.#cluster?.keep(this.#suite) : this.#cluster?.stop());
      await this.#want("again");
    } finally {
      this.#connection?.close();
      this.#cluster = undefined;
    }
  }

  /** Machines that are up are for tests to use, whose own signal tells them. */
  #giveUp(): void {
    if (this.#stage === "booting") this.#abort.abort(new Error("the run was cancelled"));
  }

  /** Lets the keeper make a fork ahead of time. */
  async #want(demand: SpareDemand): Promise<void> {
    const recipe = this.#cluster?.forkRecipe;
    if (recipe) await this.#connection?.spares.want(recipe, demand);
  }

  async #boot(declaration: ClusterDeclaration & { name: string }, demand: Demand, claim: Demand): Promise<void> {
    this.#stage = "booting";
    try {
      this.#connection = await openConnection(declaration.name, { cancelled: () => this.#giveUp() });
      const { processHost, spares, layers, projectFolder, traceFolder, report } = this.#connection;
      // The first of several that live at once leases for all of them, which a spare's lease does not.
      const takesFrom: Spares = {
        want: (...args) => spares.want(...args),
        keep: (...args) => spares.keep(...args),
        take: async (key) => (isStarted || isOwn(claim, demand) ? spares.take(key) : undefined),
      };
      const claimed = claiming(processHost, claim);
      let isStarted = false;
      // Somebody who steps through a test does not want machines and waits to give up meanwhile.
      const isDebugged = debuggerUrl() !== undefined;
      const patient = isDebugged ? { ...declaration, bootTimeout: Infinity } : declaration;
      this.#cluster = await reportBoot(declaration.name, Object.keys(declaration.nodes), report, (onEvent) =>
        Cluster.start(patient, {
          // What comes later, for machines that are added, is asked for as it comes.
          processHost: { lease: (request) => (isStarted ? processHost : claimed).lease(request) },
          spares: takesFrom,
          suite: this.#suite,
          keptAs: this.#reset === "never" ? this.#suite : undefined,
          ...(layers ? {} : { layers: false as const }),
          projectFolder,
          traceFolder,
          onEvent,
          signal: this.#abort.signal,
          waitTimeout: isDebugged ? Infinity : undefined,
        }),
      );
      isStarted = true;
      this.#stage = "up";
      if (this.#reset === "test") await this.#want("next");
    } catch (error) {
      this.#stage = "failed";
      throw error;
    }
  }
}
