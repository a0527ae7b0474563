import { nearest } from "@vitest-machines/host";
import { UsageError, type Command, type Output } from "./command.ts";

export interface Subcommand {
  readonly name: string;
  /** Name and arguments: `verify [KEY…] [--drop]`. */
  readonly usage: string;
  readonly summary: string;
  /**
   * @param argv what follows the subcommand's name
   * @returns the exit code
   */
  run(argv: readonly string[], output: Output): Promise<number>;
}

/** A command that consists of subcommands. */
export function commandOf(name: string, summary: string, subcommands: readonly Subcommand[]): Command {
  const width = Math.max(...subcommands.map(({ usage }) => usage.length));
  return {
    name,
    summary,
    options: subcommands.map((each) => `${each.usage.padEnd(width)}  ${each.summary}`),
    async run([wanted, ...rest], output) {
      const subcommand = subcommands.find((each) => each.name === wanted);
      if (subcommand !== undefined) return subcommand.run(rest, output);
      const names = subcommands.map((each) => each.name);
      const near = nearest(wanted ?? "", names);
      const meant = near === undefined ? "" : ` Did you mean ${near}?`;
      const problem = wanted === undefined ? "what about them?" : `unknown subcommand "${wanted}".${meant}`;
      throw new UsageError(
        `vitest-machines ${name}: ${problem} Valid subcommands: ${names.join(", ")}. See also --help.`,
      );
    },
  };
}
