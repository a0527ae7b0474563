/** Where a command writes; a stand-in in tests. */
export interface Output {
  /** Results: what a pipe should receive. */
  out(line: string): void;
  /** Everything else. */
  note(line: string): void;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Options, one line each; empty when it has none. */
  readonly options: readonly string[];
  /**
   * @param argv what follows the command's name
   * @returns the exit code
   */
  run(argv: readonly string[], output: Output): Promise<number>;
}

/** Wrong use of the command line: exit code 2, so that scripts can tell it from a failure of the work. */
export class UsageError extends Error {}
