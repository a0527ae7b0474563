import type { LeaseRequest, ProcessHost } from "@vitest-machines/host";

/** What a cluster takes of the budget. */
export interface Demand {
  readonly memoryMiB: number;
  readonly vcpus: number;
}

/** The parts of Vitest's suite that say what will run below it. */
export interface SuiteNode {
  readonly type: string;
  readonly mode: string;
  readonly concurrent?: boolean | undefined;
  readonly suite?: SuiteNode | undefined;
  readonly file: SuiteNode;
  readonly tasks?: readonly SuiteNode[] | undefined;
}

const nothing: Demand = { memoryMiB: 0, vcpus: 0 };

/**
 * Which clusters live at the same time in a file. A suite that holds a cluster and waits for the one of a nested suite
 * would wait forever for another file that does the same; so the first of such a chain asks for all of it at once.
 */
export class Reservations {
  readonly #demands = new WeakMap<SuiteNode, Demand[]>();

  /** @param suite a describe, or the file */
  add(suite: SuiteNode, demand: Demand): void {
    this.#demands.set(suite, [...(this.#demands.get(suite) ?? []), demand]);
  }

  /**
   * What a cluster has to ask for: everything that will run beside and below it, or nothing when an earlier one has
   * asked for it too.
   */
  claim(suite: SuiteNode, demand: Demand): Demand {
    const isFirst = this.#demands.get(suite)?.[0] === demand;
    return isFirst && !this.#isCovered(suite) ? this.#need(suite) : nothing;
  }

  #isCovered(suite: SuiteNode): boolean {
    if (suite === suite.file) return false;
    const above = suite.suite ?? suite.file;
    return this.#demands.has(above) || this.#isCovered(above);
  }

  #need(suite: SuiteNode): Demand {
    const below = (suite.tasks ?? []).filter((task) => task.type === "suite" && ["run", "queued"].includes(task.mode));
    const needs = below.map((task) => this.#need(task));
    const atOnce = below.some((task) => task.concurrent);
    return sum([...(this.#demands.get(suite) ?? []), atOnce ? sum(needs) : largest(needs)]);
  }
}

/** Whether a cluster asks for no more than its own: only then may a fork that was made ahead of time stand in for its lease. */
export function isOwn(claim: Demand, demand: Demand): boolean {
  return claim.memoryMiB <= demand.memoryMiB;
}

/** A host that asks the budget for `claim` in the place of a cluster's own demand. */
export function claiming(host: ProcessHost, claim: Demand): ProcessHost {
  return { lease: (request: LeaseRequest) => host.lease({ ...request, ...claim }) };
}

function sum(demands: readonly Demand[]): Demand {
  return demands.reduce((a, b) => ({ memoryMiB: a.memoryMiB + b.memoryMiB, vcpus: a.vcpus + b.vcpus }), nothing);
}

function largest(demands: readonly Demand[]): Demand {
  return demands.reduce(
    (a, b) => ({ memoryMiB: Math.max(a.memoryMiB, b.memoryMiB), vcpus: Math.max(a.vcpus, b.vcpus) }),
    nothing,
  );
}
