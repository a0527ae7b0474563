import { admit, type Admission, type BudgetLimits } from "./admit.ts";
import type { LedgerEntry, LedgerState } from "./ledger.ts";

export interface Turn {
  readonly state: LedgerState;
  readonly result: Admission;
}

/**
 * One step of a cluster on its way in: puts it on the ledger when it is new, and marks it as running when it may.
 * @param measure what the host offers now; only asked while nothing of ours runs
 * @param override replaces parts of what was measured, for this decision alone
 */
export function takeTurn(
  before: LedgerState,
  entry: LedgerEntry,
  measure: () => BudgetLimits,
  override: (limits: BudgetLimits) => BudgetLimits,
): Turn {
  const busy = before.entries.some((other) => other.state === "running");
  const limits = (busy ? before.limits : undefined) ?? measure();
  const result = admit(before.entries, entry.id, entry, override(limits));
  const state = result.verdict === "admitted" ? "running" : "waiting";
  const known = before.entries.some((other) => other.id === entry.id);
  const entries = known ? before.entries : [...before.entries, entry];
  return {
    result,
    state: { limits, entries: entries.map((other) => (other.id === entry.id ? { ...other, state } : other)) },
  };
}
