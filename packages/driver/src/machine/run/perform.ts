import { Deadline, MachinesError } from "@vitest-machines/host";
import { pipeline } from "node:stream";
import type { RunningCommand } from "../../agent/session.ts";
import { tail } from "../../trace/tail.ts";
import type { MachineContext } from "../context.ts";
import type { Command, CommandOptions, CommandResult } from "../options.ts";
import type { Life } from "../power/life.ts";
import { collect, outputLimit } from "./collect.ts";
import { commandText, outputBlocks } from "./describe.ts";

/** How long a command gets between SIGTERM and SIGKILL, and then to be gone, in milliseconds. */
const graceMs = 2_000;
const terminal = { rows: 24, columns: 80 };

/** How a command came out; one that had to be ended is an outcome too, because waits go on after it. */
export type Outcome = CommandResult & {
  /** It was ended because this many milliseconds were over. */
  readonly timedOutAfter: number | undefined;
};

/**
 * Runs one command to its end, or ends it: its whole process group by SIGTERM, then SIGKILL.
 * @throws MACHINE_DOWN, AGENT_LOST, ABORTED; COMMAND_FAILED when it cannot be started or floods its output
 */
export async function perform(
  context: MachineContext,
  command: Command,
  options: CommandOptions,
  deadline: Deadline,
): Promise<Outcome> {
  const { life, agent } = await context.power.live(deadline.signal);
  const argv = await context.shell.argv(command, agent, life);
  const { cwd, user, pty } = options;
  const env = { ...context.env, ...options.env };
  const startedAt = performance.now();
  const running = agent.exec({ argv, env, cwd, user, pty: pty === true ? terminal : pty || undefined });
  const output = collect(running);
  feed(running, options.stdin);

  const record = (outcome: Omit<Outcome, "stdout" | "stderr">, ended?: string): Outcome => {
    const complete = { ...outcome, ...output.finish() };
    const { exitCode, signal, durationMs, stdout, stderr } = complete;
    const entry = {
      command: commandText(command),
      exitCode,
      signal,
      durationMs,
      stdout: tail(stdout),
      stderr: tail(stderr),
      ended,
    };
    context.activity.add(entry);
    context.trace.add({ type: "command", machine: context.name, ...entry });
    return complete;
  };
  const elapsed = (): number => performance.now() - startedAt;
  const unknownEnd = { exitCode: null, signal: null, timedOutAfter: undefined };

  try {
    const flooded = output.overflow.then((stream) => {
      throw tooMuchOutput(context.name, command, stream);
    });
    flooded.catch(() => undefined);
    const exit = await life.guard(deadline.race(Promise.race([running.exit, flooded]), () => new TimedOut()));
    return record({ ...exit, timedOutAfter: undefined });
  } catch (error) {
    if (error instanceof TimedOut) {
      const exit = await end(running, life);
      return record({ ...unknownEnd, durationMs: elapsed(), ...exit, timedOutAfter: deadline.elapsed }, "timeout");
    }
    if (isOneOf(error, "ABORTED", "COMMAND_FAILED")) await end(running, life);
    record({ ...unknownEnd, durationMs: elapsed() }, (error as Error).message.split("\n", 1)[0]);
    throw error instanceof MachinesError ? inContext(error, context.name, command, output.finish()) : error;
  }
}

/** Marks our own deadline among everything that can end a command. */
class TimedOut extends Error {}

function feed(running: RunningCommand, input: CommandOptions["stdin"]): void {
  // A command may end without reading its input, and the broken pipe is no news then.
  running.stdin.on("error", () => undefined);
  if (input === undefined || typeof input === "string" || input instanceof Uint8Array) running.stdin.end(input);
  else pipeline(input, running.stdin, () => undefined);
}

/** Ends a command's whole process group; undefined when not even SIGKILL is confirmed by the guest in time. */
async function end(
  running: RunningCommand,
  life: Life,
): Promise<{ exitCode: number | null; signal: string | null } | undefined> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    running.kill(signal);
    const late = new Error("the command has not ended yet");
    try {
      const { exitCode, signal: by } = await life.guard(Deadline.after(graceMs).race(running.exit, () => late));
      // A shell may outlive its children or the other way round: the group gets both signals in any case.
      if (signal === "SIGTERM") running.kill("SIGKILL");
      return { exitCode, signal: by };
    } catch (error) {
      if (error !== late) return undefined;
    }
  }
  return undefined;
}

/** What went wrong, told from the view of the command that it happened to. */
function inContext(
  error: MachinesError,
  machine: string,
  command: Command,
  output: { stdout: string; stderr: string },
): MachinesError {
  const { code, summary, facts, evidence, hint } = error;
  const printed = output.stdout + output.stderr === "" ? [] : outputBlocks(output);
  if (code === "COMMAND_FAILED") {
    const text =
      error.machine === undefined
        ? `${machine}: \`${commandText(command)}\` could not be started: ${summary}`
        : summary;
    return new MachinesError(code, text, { machine, facts, evidence: [...printed, ...evidence], hint, cause: error });
  }
  const running = `${machine} was running: ${commandText(command)}`;
  return new MachinesError(code, summary, {
    machine,
    facts,
    evidence: [running, ...printed, ...evidence],
    hint,
    cause: error,
  });
}

function tooMuchOutput(machine: string, command: Command, stream: string): MachinesError {
  return new MachinesError(
    "COMMAND_FAILED",
    `${machine}: ${commandText(command)} wrote more than ${outputLimit} to ${stream}.`,
    {
      machine,
      hint: "Let it write to a file in the guest, or through head, tail or grep.",
    },
  );
}

function isOneOf(error: unknown, ...codes: MachinesError["code"][]): error is MachinesError {
  return error instanceof MachinesError && codes.includes(error.code);
}
