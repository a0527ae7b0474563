import { MachinesError } from "@vitest-machines/host";
import type { Position } from "./positions.ts";

/** Something wrong in a cluster file, and where. */
export interface Mistake extends Position {
  readonly text: string;
}

/** All mistakes of a file as one error, each with file:line:column, and a stack that leads an editor to the first. */
export function clusterFileError(file: string, mistakes: readonly [Mistake, ...Mistake[]]): MachinesError {
  const [first, ...others] = mistakes.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`);
  const { line, column } = mistakes[0];
  const error = new MachinesError("DECLARATION_INVALID", first ?? file, {
    facts: { file, line, column },
    evidence: others,
  });
  error.stack = `${error.name}: ${error.message}\n    at cluster (${file}:${line}:${column})`;
  return error;
}
