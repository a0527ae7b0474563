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

export interface ArgumentShape<Name extends string, Value extends string = never> {
  /** What follows `vitest-machines`, for people: `layers verify [KEY…] [--drop]`. */
  readonly usage: string;
  readonly flags: readonly Name[];
  /** Options that take a value, and may be given more than once. */
  readonly values?: readonly Value[] | undefined;
  /** One letter for some of these: `{ o: "output" }`. */
  readonly short?: Readonly<Record<string, Value>> | undefined;
  /** How many words besides flags it takes. */
  readonly least: number;
  readonly most: number;
}

/**
 * Reads flags that take no value, options that take one, and words.
 * @throws UsageError for anything else on the command line, with the usage
 */
export function readArguments<Name extends string, Value extends string = never>(
  argv: readonly string[],
  { usage, flags, values = [], short = {}, least, most }: ArgumentShape<Name, Value>,
): Parsed<Name, Value> {
  const wrong = (problem: string): UsageError =>
    new UsageError(`vitest-machines: ${problem}.\nUsage: vitest-machines ${usage}`);
  let read;
  try {
    read = parse(argv, flags, true, { values, short });
  } catch (error) {
    throw wrong(problemIn(error));
  }
  if (read.words.length < least) throw wrong("something is missing");
  if (read.words.length > most) throw wrong(`unexpected argument "${read.words[most] ?? ""}"`);
  return read;
}

export interface Parsed<Name extends string, Value extends string> {
  readonly flags: Record<Name, boolean>;
  readonly values: Record<Value, readonly string[]>;
  readonly words: readonly string[];
}

function parse<Name extends string, Value extends string = never>(
  argv: readonly string[],
  names: readonly Name[],
  allowPositionals: boolean,
  { values: valued = [], short = {} }: Pick<ArgumentShape<Name, Value>, "values" | "short"> = {},
): Parsed<Name, Value> {
  const options = {
    ...Object.fromEntries(names.map((name) => [name, { type: "boolean" as const }])),
    ...Object.fromEntries(
      valued.map((name) => {
        const [letter] = Object.entries(short).find(([, meant]) => meant === name) ?? [];
        return [name, { type: "string" as const, multiple: true as const, ...(letter && { short: letter }) }];
      }),
    ),
  };
  const { values: read, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals });
  const flags = Object.fromEntries(names.map((name) => [name, read[name] === true])) as Record<Name, boolean>;
  const values = Object.fromEntries(valued.map((name) => [name, read[name] ?? []])) as unknown as Parsed<
    Name,
    Value
  >["values"];
  return { flags, values, words: positionals };
}

/** The first sentence of what parseArgs says; the rest is about Node. */
function problemIn(error: unknown): string {
  const [problem] = error instanceof Error ? error.message.split(". ") : [];
  return problem ?? "cannot read the options";
}
