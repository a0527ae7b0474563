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
  const name = `budget-${/\d+/.exec(currentPidNamespace())?.[0] ?? "all"}`;
  const file = join(runtimeFolder(), `${name}.json`);
  return withLock(
    join(runtimeFolder(), `${name}.lock`),
    async () => {
      const { state, result } = change(livingOnly(read(file)));
      write(file, state);
      return result;
    },
    { signal },
  );
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
