import { MachinesError } from "@vitest-machines/host";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { AgentSession } from "../../agent/session.ts";

export interface GuestProgram {
  readonly argv: readonly [string, ...string[]];
  /** For messages; follows the machine's name: `could not add its users`. */
  readonly inVain: string;
  /** What it reads. Default: nothing. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
}

/** Runs a program that must succeed. @throws COMMAND_FAILED with what it says; AGENT_LOST; what reading `stdin` throws */
export async function runProgram(
  session: AgentSession,
  machine: string,
  { argv, inVain, stdin }: GuestProgram,
): Promise<void> {
  const running = session.exec({ argv });
  const given = pipeline(Readable.from(stdin ?? [], { objectMode: false }), running.stdin);
  try {
    const [{ exitCode, signal }, stdout, stderr] = await Promise.all([
      running.exit,
      text(running.stdout),
      text(running.stderr),
      given,
    ]);
    if (exitCode === 0) return;
    const said = `${stdout}${stderr}`.trim();
    const end = signal ?? `exit code ${exitCode ?? "unknown"}`;
    const summary = `it ${inVain}: ${said.split("\n").at(-1) || end}`;
    throw new MachinesError("COMMAND_FAILED", summary, { machine, facts: { exitCode, signal }, evidence: [said] });
  } catch (error) {
    running.kill("SIGKILL");
    throw error;
  }
}
