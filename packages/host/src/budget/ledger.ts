import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runtimeFolder } from "../folders/runtime-folder.ts";
import { withLock } from "../locks/with-lock.ts";
import { currentPidNamespace, isSameProcess, type ProcessIdentity } from "../processes/identity.ts";
import type { BudgetEntry, BudgetLimits } from "./admit.ts";

export interface LedgerEntry extends BudgetEntry {
  readonly owner: ProcessIdentity;
}

export interface LedgerState {
  /** In order of arrival. */
  readonly entries: readonly LedgerEntry[];
  /**
   * Measured when nothing of ours ran. Later measurements would count the memory of running machines twice:
   * as missing from what is free, and as promised in the entries.
   */
  readonly limits?: BudgetLimits | undefined;
}

/**
 * Changes the ledger of this user on this host while nobody else does; entries of dead processes are dropped first.
 * Processes of another pid namespace (containers that share the folder) keep their own ledger: whether they live cannot
 * be seen from here.
 */
export async function changeLedger<T>(
  change: (state: LedgerState) => { readonly state: LedgerState; readonly result: T },
  signal?: AbortSignal,
): Promise<T> {
  const file = `${ledgerPath()}.json`;
  return withLock(
    `${ledgerPath()}.lock`,
    async () => {
      const { state, result } = change(livingOnly(read(file)));
      write(file, state);
      return result;
    },
    { signal },
  );
}

/** Whether some cluster waits for its turn, at this moment and without a promise for the next. */
export function isBudgetWanted(): boolean {
  return livingOnly(read(`${ledgerPath()}.json`)).entries.some(({ state }) => state === "waiting");
}

function ledgerPath(): string {
  const namespace = /\d+/.exec(currentPidNamespace())?.[0] ?? "all";
  return join(runtimeFolder(), `budget-${namespace}`);
}

function livingOnly(state: LedgerState): LedgerState {
  return { ...state, entries: state.entries.filter((entry) => isSameProcess(entry.owner)) };
}

function read(file: string): LedgerState {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LedgerState;
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === "ENOENT";
    // Only a power loss can tear a file that is written by rename, and nobody on it lives after that.
    if (absent || error instanceof SyntaxError) return { entries: [] };
    throw error;
  }
}

/** By rename, so that a process that is killed half-way leaves the old ledger and not half of a new one. */
function write(file: string, state: LedgerState): void {
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
