import type { SpawnRequest } from "@vitest-machines/host";
import { fileURLToPath } from "node:url";

/** They make nothing but garbage, which would take 75 MB before Node cleared it away; so it takes 22, and is no slower. */
const frugal = ["--max-semi-space-size=1"];

/**
 * How a program of this package is run that is a process of its own: a plain Node program, which runs compiled.
 * @param path below `dist`
 */
export function ownProgram(path: string, ...args: readonly string[]): Pick<SpawnRequest, "argv" | "env"> {
  // From `src` as from `dist`.
  const program = fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));
  // What is meant for the Node of whoever runs the tests, such as --inspect, is not meant for it.
  return { argv: [process.execPath, ...frugal, program, ...args], env: { NODE_OPTIONS: "" } };
}
