import { parseArgs } from "node:util";
import { UsageError } from "./command.ts";

/**
 * Reads flags that take no value.
 * @throws UsageError for anything else on the command line, naming the valid flags
 */
export function readFlags<Name extends string>(
  command: string,
  argv: readonly string[],
  names: readonly Name[],
): Record<Name, boolean> {
  try {
    return parse(argv, names, false).flags;
  } catch (error) {
    const valid = names.map((name) => `--${name}`).join(", ");
    throw new UsageError(`vitest-machines ${command}: ${problemIn(error)}. Valid options: ${valid}.`);
  }
}

export interface ArgumentShape<Name extends string> {
  /** What follows `vitest-machines`, for people: `layers verify [KEY…] [--drop]`. */
  readonly usage: string;
  readonly flags: readonly Name[];
  /** How many words besides flags it takes. */
  readonly least: number;
  readonly most: number;
}

/**
 * Reads flags that take no value, and words.
 * @throws UsageError for anything else on the command line, with the usage
 */
export function readArguments<Name extends string>(
  argv: readonly string[],
  { usage, flags, least, most }: ArgumentShape<Name>,
): { readonly flags: Record<Name, boolean>; readonly words: readonly string[] } {
  const wrong = (problem: string): UsageError =>
    new UsageError(`vitest-machines: ${problem}.\nUsage: vitest-machines ${usage}`);
  let read;
  try {
    read = parse(argv, flags, true);
  } catch (error) {
    throw wrong(problemIn(error));
  }
  if (read.words.length < least) throw wrong("something is missing");
  if (read.words.length > most) throw wrong(`unexpected argument "${read.words[most] ?? ""}"`);
  return read;
}

function parse<Name extends string>(
  argv: readonly string[],
  names: readonly Name[],
  allowPositionals: boolean,
): { flags: Record<Name, boolean>; words: string[] } {
  const options = Object.fromEntries(names.map((name) => [name, { type: "boolean" as const }]));
  const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals });
  const flags = Object.fromEntries(names.map((name) => [name, values[name] === true])) as Record<Name, boolean>;
  return { flags, words: positionals };
}

/** The first sentence of what parseArgs says; the rest is about Node. */
function problemIn(error: unknown): string {
  const [problem] = error instanceof Error ? error.message.split(". ") : [];
  return problem ?? "cannot read the options";
}
