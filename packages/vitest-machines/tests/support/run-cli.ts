import { stripVTControlCharacters } from "node:util";
import type { Command } from "../../src/cli/command.ts";
import { dispatch } from "../../src/cli/dispatch.ts";

export interface CliResult {
  readonly exitCode: number;
  readonly out: string;
  readonly notes: string;
}

/** Runs one command of the CLI in this process. */
export async function runCli(command: Command, ...argv: string[]): Promise<CliResult> {
  const lines = { out: [] as string[], notes: [] as string[] };
  const exitCode = await dispatch([command.name, ...argv], [command], {
    out: (line) => lines.out.push(line),
    note: (line) => lines.notes.push(line),
  });
  const text = (all: string[]): string => stripVTControlCharacters(all.join("\n"));
  return { exitCode, out: text(lines.out), notes: text(lines.notes) };
}
