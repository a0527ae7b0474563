import type { Output } from "../command.ts";

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
