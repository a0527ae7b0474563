import { randomUUID } from "node:crypto";
import { Deadline } from "../deadline/deadline.ts";
import { MachinesError } from "../errors/machines-error.ts";
import { ownIdentity } from "../processes/identity.ts";
import type { LeaseRequest } from "../processes/process-host.ts";
import type { BudgetLimits } from "./admit.ts";
import { measureLimits, withOverrides } from "./host-limits.ts";
import { changeLedger, type LedgerEntry } from "./ledger.ts";
import { takeTurn } from "./take-turn.ts";

/** Memory and vCPUs that are promised to one cluster. */
export interface BudgetClaim {
  /** Gives them back. Idempotent. */
  release(): Promise<void>;
}

const firstPollMs = 20;
const slowestPollMs = 1_000;

/**
 * Waits until the cluster's turn has come and its memory and vCPUs are free.
 * @throws MachinesError BUDGET_IMPOSSIBLE when this host can never hold it; ABORTED when the signal fires
 */
export async function claimBudget(request: LeaseRequest): Promise<BudgetClaim> {
  const owner = ownIdentity();
  const { name, memoryMiB, vcpus } = request;
  const entry: LedgerEntry = { id: randomUUID(), name, pid: owner.pid, owner, memoryMiB, vcpus, state: "waiting" };
  try {
    await admission(entry, request);
  } catch (error) {
    await leave(entry.id);
    throw error;
  }
  let released: Promise<void> | undefined;
  return { release: () => (released ??= leave(entry.id)) };
}

async function admission(entry: LedgerEntry, { signal, onWait, onNotice }: LeaseRequest): Promise<void> {
  const overridden = (limits: BudgetLimits): BudgetLimits => withOverrides(limits, process.env);
  let told: string | undefined;
  for (let pause = firstPollMs; ; pause = Math.min(slowestPollMs, pause * 1.5)) {
    const answer = await changeLedger((state) => takeTurn(state, entry, measureLimits, overridden), signal);
    if (answer.verdict === "admitted") {
      if (answer.notice !== undefined) onNotice?.(`cluster "${entry.name}": ${answer.notice}.`);
      return;
    }
    if (answer.verdict === "impossible") throw impossible(entry, answer.reason);
    if (answer.reason !== told) onWait?.(answer.reason);
    told = answer.reason;
    await Deadline.never(signal).sleep(pause);
  }
}

async function leave(id: string): Promise<void> {
  await changeLedger((state) => ({
    result: undefined,
    state: { ...state, entries: state.entries.filter((entry) => entry.id !== id) },
  }));
}

function impossible(entry: LedgerEntry, reason: string): MachinesError {
  return new MachinesError("BUDGET_IMPOSSIBLE", `cluster "${entry.name}" can never run here: ${reason}.`, {
    facts: { cluster: entry.name, memoryMiB: entry.memoryMiB, vcpus: entry.vcpus },
    hint: "Give its machines less memory, have fewer of them, or raise the memory limit of this host or container.",
  });
}
