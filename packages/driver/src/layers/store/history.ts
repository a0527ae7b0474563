import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "@vitest-machines/host";
import type { LayerInputs } from "./types.ts";

/** What became of one look for a layer. */
export interface Lookup {
  readonly at: Date;
  readonly key: string;
  readonly outcome: "hit" | "miss";
  readonly inputs: LayerInputs;
}

export interface InputChange {
  readonly name: string;
  /** Absent when the input is new. */
  readonly before: string | undefined;
  /** Absent when the input is no more. */
  readonly now: string | undefined;
}

export type WhyReport =
  | {
      readonly found: true;
      readonly suite: string;
      readonly last: Lookup;
      /** What the last look is compared with: the last hit before it, else the look before it. */
      readonly earlier: Lookup | undefined;
      readonly changes: readonly InputChange[];
    }
  /** `suites`: those that the text fits, or all that are known when it fits none. */
  | { readonly found: false; readonly suites: readonly string[]; readonly isAmbiguous: boolean };

interface SuiteHistory {
  readonly suite: string;
  readonly last: Lookup;
  readonly lastHit?: Lookup | undefined;
  readonly previous?: Lookup | undefined;
}

/** Two processes that remember the same suite at the same moment: the later one counts. */
export async function rememberLookup(folder: string, suite: string, last: Lookup): Promise<void> {
  const file = fileOf(folder, suite);
  const before = readHistory(file);
  const lastHit = before?.last.outcome === "hit" ? before.last : before?.lastHit;
  const temporary = `${file}.${randomUUID()}`;
  const history: SuiteHistory = { suite, last, lastHit, previous: before?.last };
  await writeFile(temporary, JSON.stringify(history), { mode: 0o600 });
  await rename(temporary, file);
}

/** @param wanted a suite's name, or a part that only one has */
export function explainLookup(folder: string, wanted: string): WhyReport {
  const known = readdirSync(folder).flatMap((name) => readHistory(join(folder, name)) ?? []);
  const exact = known.filter(({ suite }) => suite === wanted);
  const partial = known.filter(({ suite }) => suite.toLowerCase().includes(wanted.toLowerCase()));
  const fitting = exact.length > 0 ? exact : partial;
  const [match] = fitting;
  if (match === undefined || fitting.length > 1) {
    const isAmbiguous = fitting.length > 1;
    return { found: false, isAmbiguous, suites: (isAmbiguous ? fitting : known).map(({ suite }) => suite).sort() };
  }
  const { suite, last, lastHit, previous } = match;
  const earlier = lastHit ?? previous;
  return { found: true, suite, last, earlier, changes: earlier ? compareInputs(earlier.inputs, last.inputs) : [] };
}

/** In the order of names. Pure. */
export function compareInputs(before: LayerInputs, now: LayerInputs): InputChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .sort()
    .filter((name) => before[name] !== now[name])
    .map((name) => ({ name, before: before[name], now: now[name] }));
}

/** Drops what is older than `since`, in milliseconds since 1970. */
export function forgetOldSuites(folder: string, since: number): void {
  for (const name of readdirSync(folder)) {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stat !== undefined && stat.mtimeMs < since) rmSync(join(folder, name), { force: true });
  }
}

function fileOf(folder: string, suite: string): string {
  return join(folder, `${sha256(suite).slice(0, 24)}.json`);
}

function readHistory(file: string): SuiteHistory | undefined {
  if (!file.endsWith(".json")) return undefined;
  try {
    const { suite, last, lastHit, previous } = JSON.parse(readFileSync(file, "utf8")) as SuiteHistory;
    return {
      suite,
      last: withDate(last),
      lastHit: lastHit && withDate(lastHit),
      previous: previous && withDate(previous),
    };
  } catch (error) {
    // Never written, just replaced, or torn by a power loss: a memory that is lost does no harm.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** JSON has no dates. */
function withDate(lookup: Lookup): Lookup {
  return { ...lookup, at: new Date(lookup.at) };
}
