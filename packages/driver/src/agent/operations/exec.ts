import { MachinesError } from "@vitest-machines/host";
import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import type { FieldList, Fields } from "../protocol/fields.ts";
import { channel } from "../protocol/frame.ts";
import type { ExecExit, ExecRequest, RunningCommand } from "../session.ts";
import { IncomingChannel } from "../streams/incoming.ts";
import { OutgoingChannel } from "../streams/outgoing.ts";

/** Starts a command. All that can go wrong is told by its promises, never thrown. */
export function exec(link: AgentLink, window: number, request: ExecRequest): RunningCommand {
  let stream: AgentStream | undefined;
  let group: number | undefined;
  let isOver = false;
  const stdin = new OutgoingChannel(window);
  const stdout = new IncomingChannel((bytes) => stream?.grant(channel.main, bytes));
  const stderr = new IncomingChannel((bytes) => stream?.grant(channel.stderr, bytes));
  const started = settleable<number>();
  const ended = settleable<ExecExit>();

  const stop = (): void => {
    isOver = true;
    stdout.finish();
    stderr.finish();
    // As with a broken pipe: a source that is piped into it stops, whatever it has left.
    stdin.release();
    stdin.destroy();
  };
  const fail = (error: Error): void => {
    started.reject(error);
    ended.reject(error);
  };

  try {
    stream = link.open(requestFields(request), {
      opened: (fields) => started.resolve((group = fields.number("pid") ?? 0)),
      data: (which, bytes) => (which === channel.stderr ? stderr : stdout).receive(bytes),
      ended: (which) => (which === channel.stderr ? stderr : stdout).finish(),
      credit: (bytes) => stdin.credit(bytes),
      done: (fields) => {
        stop();
        ended.resolve(readExit(fields));
      },
      refused: (fields) => {
        stop();
        fail(agentRefused(fields, "COMMAND_FAILED"));
      },
      lost: (reason) => {
        isOver = true;
        for (const one of [stdin, stdout, stderr]) one.destroy(reason);
        fail(reason);
      },
    });
    stdin.attach(stream);
  } catch (error) {
    stop();
    fail(cannotStart(error));
  }

  return {
    pid: started.promise,
    stdin,
    stdout,
    stderr,
    exit: ended.promise,
    kill(signal) {
      if (!isOver) stream?.control([["signal", signal]]);
      else if (group !== undefined && link.reason === undefined) signalGroup(link, group, signal);
    },
    resize(rows, columns) {
      if (!isOver)
        stream?.control([
          ["rows", rows],
          ["columns", columns],
        ]);
    },
  };
}

function cannotStart(error: unknown): Error {
  if (!(error instanceof MachinesError) || error.code !== "AGENT_REFUSED") return error as Error;
  return new MachinesError("COMMAND_FAILED", error.summary, { hint: error.hint, cause: error });
}

function requestFields({ argv, env, cwd, user, pty }: ExecRequest): FieldList {
  const fields: [string, string | number][] = [["op", "exec"]];
  for (const argument of argv) fields.push(["arg", argument]);
  for (const [name, value] of Object.entries(env ?? {})) fields.push(["env", `${name}=${value}`]);
  if (cwd !== undefined) fields.push(["cwd", cwd]);
  if (user !== undefined) fields.push(["user", user]);
  if (pty !== undefined) fields.push(["terminal", 1], ["rows", pty.rows], ["columns", pty.columns]);
  return fields;
}

function readExit(fields: Fields): ExecExit {
  const signal = fields.text("signal") ?? null;
  return {
    exitCode: signal === null ? (fields.number("exit") ?? null) : null,
    signal,
    durationMs: (fields.number("duration") ?? 0) / 1000,
  };
}

/** Reaches what a command that is over has left behind in its group; that there is nothing is fine. */
function signalGroup(link: AgentLink, group: number, signal: string): void {
  const ignore = (): void => undefined;
  link.open(
    [
      ["op", "signal"],
      ["group", group],
      ["signal", signal],
    ],
    { done: ignore, refused: ignore, lost: ignore },
  );
}

interface Settleable<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
}

function settleable<T>(): Settleable<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Who is not interested in one of the promises hears of the failure through the other.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
