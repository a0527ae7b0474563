import type { Readable } from "node:stream";

/** What every verb takes. */
export interface VerbOptions {
  /** In milliseconds, for everything that the call does. Time that the machine still needs to boot does not count. */
  timeout?: number | undefined;
  /** Ends the call with ABORTED, and in the guest what it started. */
  signal?: AbortSignal | undefined;
}

/**
 * A text is run by the guest's shell (bash, else sh) with `errexit`, `nounset` and `pipefail`; a list is a program and its
 * arguments, run without a shell.
 */
export type Command = string | readonly [string, ...string[]];

export interface CommandOptions extends VerbOptions {
  /** Added to the guest's environment. */
  env?: Record<string, string> | undefined;
  /** Working folder. Default `/`. */
  cwd?: string | undefined;
  /** Runs as this user of the guest. Default root. */
  user?: string | undefined;
  /** Written to the command's standard input, which is then closed. Default: nothing. */
  stdin?: string | Uint8Array | Readable | undefined;
  /** Runs on a terminal of its own; everything it prints is then in `stdout`. Default false. */
  pty?: boolean | { rows: number; columns: number } | undefined;
}

/** How a command ended and what it printed. Nothing is stripped from the output. */
export interface CommandResult {
  /** null when a signal ended it. */
  exitCode: number | null;
  /** Such as `SIGSEGV`; null when it ended by itself. */
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Measured in the guest. */
  durationMs: number;
}

/** One command or several, and options last. */
export type CommandArguments = [Command, ...Command[]] | [Command, ...Command[], CommandOptions];

export function splitArguments(given: CommandArguments): { commands: Command[]; options: CommandOptions } {
  const all: readonly (Command | CommandOptions)[] = given;
  return { commands: all.filter(isCommand), options: all.find(isOptions) ?? {} };
}

function isCommand(one: Command | CommandOptions): one is Command {
  return typeof one === "string" || Array.isArray(one);
}

function isOptions(one: Command | CommandOptions): one is CommandOptions {
  return !isCommand(one);
}
