import { Deadline } from "@vitest-machines/host";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { agentBinary } from "../../../agent/src/index.ts";
import { connectAgent } from "../../src/agent/connect.ts";
import type { AgentSession, ExecExit, ExecRequest } from "../../src/agent/session.ts";

export const isRoot: boolean = process.getuid?.() === 0;

export interface TestAgent {
  readonly pid: number;
  readonly folder: string;
  readonly socketPath: string;
  /** A conversation that ends with the test. */
  connect(): Promise<AgentSession>;
  /** The line itself, for tests that misbehave on it. */
  open(): Promise<Socket>;
  /** Resident memory in KiB. */
  memory(): number;
  isAlive(): boolean;
}

export interface TestAgentOptions {
  uid?: number;
  /** A command before the agent's, such as `unshare`. */
  wrap?: readonly string[];
}

/** A real agent as an ordinary process that listens where QEMU would; gone, with its folder, at the end of the test. */
export async function startAgent({ uid, wrap = [] }: TestAgentOptions = {}): Promise<TestAgent> {
  const folder = await mkdtemp(join(tmpdir(), "agent-"));
  if (uid !== undefined) await chmod(folder, 0o777);
  const socketPath = join(folder, "line");
  const command = [...wrap, agentBinary(), "--listen", socketPath];
  const child = spawn(command[0] ?? "", command.slice(1), {
    stdio: ["ignore", "ignore", "inherit"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true, force: true });
  });
  const open = async (): Promise<Socket> => {
    const socket = await openSoon(socketPath);
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  (await openSoon(socketPath)).destroy();
  return {
    pid: child.pid ?? 0,
    folder,
    socketPath,
    open,
    async connect() {
      const session = await connectAgent(socketPath, { deadline: Deadline.after(10_000) });
      onTestFinished(() => session.close());
      return session;
    },
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]),
    isAlive: () => child.exitCode === null && child.signalCode === null,
  };
}

/** Connects to a socket that a process which just started is about to make. */
export async function openSoon(path: string): Promise<Socket> {
  const deadline = Deadline.after(10_000);
  for (;;) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(path, () => resolve(attempt)).on("error", () => resolve(undefined));
    });
    if (socket !== undefined) return socket;
    if (deadline.expired) throw new Error("the agent does not listen");
    await deadline.sleep(5);
  }
}

export interface Ran extends ExecExit {
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. */
export async function run(
  session: AgentSession,
  command: string | ExecRequest,
  input: string | Uint8Array = "",
): Promise<Ran> {
  const running = session.exec(typeof command === "string" ? { argv: ["sh", "-c", command] } : command);
  running.stdin.end(input);
  const output = Promise.all([text(running.stdout), text(running.stderr)]);
  const exit = await running.exit;
  const [stdout, stderr] = await output;
  return { ...exit, stdout, stderr };
}

/** All that a stream has until it ends. By events: iterating over a socket would close its other direction too. */
export function text(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => resolve(Buffer.concat(chunks).toString()));
    stream.on("error", reject);
  });
}

/** Polls until `condition` holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 5_000,
): Promise<void> {
  const deadline = Deadline.after(milliseconds);
  while (!(await condition())) {
    if (deadline.expired) throw new Error(`still not so after ${milliseconds} ms: ${what}`);
    await deadline.sleep(5);
  }
}

/** All that an iterator gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
