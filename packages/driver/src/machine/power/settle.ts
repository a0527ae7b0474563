import { MachinesError, type Deadline } from "@vitest-machines/host";
import { text } from "node:stream/consumers";
import type { AgentSession } from "../../agent/session.ts";
import type { Life } from "./life.ts";

type Program = readonly [string, ...string[]];

/**
 * Waits until a guest has started everything, as its image's program tells. @returns the names of what has failed
 * @throws BOOT_TIMEOUT, MACHINE_DOWN, COMMAND_FAILED when the program cannot be run
 */
export async function settle(
  life: Life,
  session: AgentSession,
  machine: string,
  program: Program,
  deadline: Deadline,
): Promise<string[]> {
  const timeout = (): MachinesError =>
    new MachinesError("BOOT_TIMEOUT", `${machine} had not settled after ${Math.round(deadline.elapsed)} ms`, {
      machine,
    });
  const { exitCode, lines, stderr } = await life.guard(deadline.race(printed(session, program), timeout));
  if (exitCode === 0 || lines.length > 0) return exitCode === 0 ? [] : lines;
  const said = stderr.trim() === "" ? "" : `: ${stderr.trim()}`;
  const why = `\`${program.join(" ")}\` failed and named nothing that did${said}`;
  throw new MachinesError("COMMAND_FAILED", why, { machine });
}

/** What a program prints and how it ends, with nothing to read. */
export async function printed(
  session: AgentSession,
  argv: Program,
): Promise<{ exitCode: number | null; lines: string[]; stderr: string }> {
  const running = session.exec({ argv });
  running.stdin.end();
  const [stdout, stderr, { exitCode }] = await Promise.all([text(running.stdout), text(running.stderr), running.exit]);
  return { exitCode, lines: stdout.split("\n").filter(Boolean), stderr };
}
