import { url as debuggerUrl } from "node:inspector";
import { Cluster, type ClusterDeclaration, type Machine } from "@vitest-machines/driver";
import type { ProcessHost } from "@vitest-machines/host";
import { reportBoot } from "./boot-reporter.ts";
import { openConnection, type Connection } from "./connection.ts";
import type { Stage } from "./handles.ts";

/** One cluster from its declaration to its end, as a suite lives through it. */
export class ClusterLife {
  readonly #declaration: ClusterDeclaration;
  readonly #abort = new AbortController();
  #stage: Stage = "declared";
  #connection: Connection | undefined;
  #cluster: Cluster | undefined;
  #booting: Promise<void> | undefined;

  constructor(declaration: ClusterDeclaration) {
    this.#declaration = declaration;
  }

  get stage(): Stage {
    return this.#stage;
  }

  get cluster(): Cluster | undefined {
    return this.#stage === "up" ? this.#cluster : undefined;
  }

  machine(name: string): Machine | undefined {
    return this.cluster?.machines[name];
  }

  get machines(): readonly Machine[] {
    return Object.values(this.cluster?.machines ?? {});
  }

  /**
   * Boots it, once, however often it is called.
   * @param name unless the declaration has one
   * @param wrap adapts the host that its processes will live on
   */
  start(name: string, wrap: (host: ProcessHost) => ProcessHost): Promise<void> {
    this.#booting ??= this.#boot({ ...this.#declaration, name: this.#declaration.name ?? name }, wrap);
    return this.#booting;
  }

  /** Ends it, also one that is still booting or did not boot. */
  async end(): Promise<void> {
    if (this.#stage === "ended") return;
    this.#abort.abort(new Error("the suite has ended"));
    try {
      // Its failure has been reported by whoever started it.
      await this.#booting?.catch(() => undefined);
      this.#stage = "ended";
      await this.#cluster?.stop();
    } finally {
      this.#connection?.close();
      this.#cluster = undefined;
    }
  }

  async #boot(
    declaration: ClusterDeclaration & { name: string },
    wrap: (host: ProcessHost) => ProcessHost,
  ): Promise<void> {
    this.#stage = "booting";
    try {
      this.#connection = await openConnection(declaration.name);
      const { processHost, traceFolder, report } = this.#connection;
      // Somebody who steps through a test does not want machines and waits to give up meanwhile.
      const isDebugged = debuggerUrl() !== undefined;
      const patient = isDebugged ? { ...declaration, bootTimeout: Infinity } : declaration;
      this.#cluster = await reportBoot(declaration.name, Object.keys(declaration.nodes), report, (onEvent) =>
        Cluster.start(patient, {
          processHost: wrap(processHost),
          traceFolder,
          onEvent,
          signal: this.#abort.signal,
          waitTimeout: isDebugged ? Infinity : undefined,
        }),
      );
      this.#stage = "up";
    } catch (error) {
      this.#stage = "failed";
      throw error;
    }
  }
}
