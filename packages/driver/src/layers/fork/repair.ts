import { isMachinesError, MachinesError } from "@vitest-machines/host";
import { randomBytes } from "node:crypto";
import type { AgentSession } from "../../agent/session.ts";
import type { ClockMode } from "../../topology/declaration.ts";
import type { ForkNode } from "../recipe.ts";

/** What two forks of one layer must not share, or the next one would be its twin. */
const entropyBytes = 64;

/** Makes a guest that was just woken up one of its own: its random numbers are its own from here on, its clock is right. */
export async function repair(session: AgentSession, node: ForkNode, clock: ClockMode): Promise<void> {
  await Promise.all([session.reseed(randomBytes(entropyBytes)), clock === "host" && session.setClock(now())]);
  for (const argv of node.boot.afterFork ?? []) await runHook(session, node.name, argv);
}

/** Date.now() lacks what is below a millisecond. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function runHook(session: AgentSession, machine: string, argv: readonly [string, ...string[]]): Promise<void> {
  const running = session.exec({ argv });
  running.stdin.end();
  running.stdout.resume();
  running.stderr.resume();
  const failed = (end: string, cause?: unknown): MachinesError => {
    const summary = `${machine}: \`${argv.join(" ")}\`, which its image wants after a fork, ${end}.`;
    return new MachinesError("FORK_FAILED", summary, { machine, cause });
  };
  const { exitCode, signal } = await running.exit.catch((error: unknown) => {
    if (!isMachinesError(error) || error.code !== "COMMAND_FAILED") throw error;
    throw failed(`could not be run: ${error.summary}`, error);
  });
  if (exitCode !== 0) throw failed(`ended with ${signal ?? `exit code ${exitCode ?? "unknown"}`}`);
}
