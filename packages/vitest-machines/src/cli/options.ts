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
  const options = Object.fromEntries(names.map((name) => [name, { type: "boolean" as const }]));
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    return Object.fromEntries(names.map((name) => [name, values[name] === true])) as Record<Name, boolean>;
  } catch (error) {
    const [problem] = error instanceof Error ? error.message.split(". ") : [];
    const valid = names.map((name) => `--${name}`).join(", ");
    throw new UsageError(
      `vitest-machines ${command}: ${problem ?? "cannot read the options"}. Valid options: ${valid}.`,
    );
  }
}
