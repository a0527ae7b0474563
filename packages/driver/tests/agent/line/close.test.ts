import { MachinesError } from "@vitest-machines/host";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AgentSession } from "../../../src/agent/session.ts";
import { all, startAgent, until } from "../an-agent.ts";

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined).resume());
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const ended = (stream: Readable): Promise<unknown> => new Promise((resolve) => stream.once("error", resolve));

/** One of everything that can be under way in a conversation, and what each of them rejected with. */
async function beginEverything(session: AgentSession, folder: string): Promise<Promise<unknown>[]> {
  const command = session.exec({ argv: ["sleep", "600"] });
  await command.pid;
  const read = await session.readFile("/dev/zero");
  const port = await listen();
  const connection = await session.connect({ kind: "tcp", host: "127.0.0.1", port });
  const streams = [command.stdout, command.stderr, read.content, connection].map(ended);
  const endless = new Readable({ read: () => undefined });
  const promises = [
    command.exit,
    session.exec({ argv: ["sleep", "600"] }).pid,
    session.writeFile(join(folder, "file"), endless),
    session.waitFor({ kind: "path", path: "/nowhere" }),
    session.readFile("/etc/hosts"),
    all(session.list("/etc")),
    session.connect({ kind: "tcp", host: "127.0.0.1", port }),
    session.makeDirectory(join(folder, "new")),
    session.setClock(-1),
    session.ping(),
  ].map((promise: Promise<unknown>) => promise.then(() => "nothing", (reason: unknown) => reason)); // prettier-ignore
  return [...streams, ...promises];
}

describe("closing a session", () => {
  it("with a reason ends all that is under way with that reason, and all that is asked for later", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const outcomes = await beginEverything(session, agent.folder);
    const reason = new MachinesError("MACHINE_DOWN", "web was taken back to its snapshot");
    session.close(reason);
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toBe(reason);
    expect(await session.ended).toBe(reason);
    await expect(session.ping()).rejects.toBe(reason);
    await expect(session.echo("127.0.0.1")).rejects.toBe(reason);
    await expect(session.reseed(new Uint8Array(32))).rejects.toBe(reason);
    await expect(session.exec({ argv: ["true"] }).exit).rejects.toBe(reason);
  });

  it("with any other error tells its message in an AGENT_LOST", async () => {
    const session = await (await startAgent()).connect();
    const waiting = session.waitFor({ kind: "path", path: "/nowhere" });
    const cause = new Error("the machine was restored from a snapshot");
    session.close(cause);
    await expect(waiting).rejects.toMatchObject({
      code: "AGENT_LOST",
      summary: "the conversation with the guest's agent ended: the machine was restored from a snapshot",
      cause,
    });
  });

  it("keeps the first reason, and has one of its own", async () => {
    const session = await (await startAgent()).connect();
    const waiting = session.waitFor({ kind: "path", path: "/nowhere" });
    session.close();
    session.close(new Error("too late"));
    await expect(waiting).rejects.toThrow(/ended: it was closed/);
    expect((await session.ended).message).toContain("it was closed");
  });

  it("ends what runs in the guest, and leaves alone what ended commands have left in the background", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const command = session.exec({ argv: ["sleep", "600"] });
    const pid = await command.pid;
    const daemon = session.exec({ argv: ["sh", "-c", "while sleep 0.02; do echo tick; done & echo $!"] });
    let printed = "";
    daemon.stdout.on("data", (bytes: Buffer) => (printed += String(bytes)));
    await daemon.exit;
    await until("the daemon's pid is there", () => printed.includes("\n"));
    const background = Number.parseInt(printed, 10);
    onTestFinished(() => void process.kill(background, "SIGKILL"));
    session.close();
    await expect(command.exit).rejects.toMatchObject({ code: "AGENT_LOST" });
    await agent.connect();
    await until("the command is gone", () => !isAlive(pid));
    // Long enough for it to write where nobody reads, several times.
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(isAlive(background)).toBe(true);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
