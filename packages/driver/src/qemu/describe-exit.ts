import type { ExitStatus } from "@vitest-machines/host";

/** How a process ended, in words. */
export function describeExit({ exitCode, signal }: ExitStatus): string {
  return signal === null ? `ended with exit code ${exitCode ?? "unknown"}` : `was killed by ${signal}`;
}
