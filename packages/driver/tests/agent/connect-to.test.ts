import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startAgent, text } from "./an-agent.ts";

async function listen(server: Server, path?: string): Promise<number> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, "127.0.0.1", resolve) : server.listen(path, resolve),
  );
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

describe("a connection to a guest address", () => {
  it("carries bytes both ways, and each way ends on its own", async () => {
    const session = await (await startAgent()).connect();
    // Answers only after the end of the request.
    const port = await listen(
      createServer(
        { allowHalfOpen: true },
        (socket) => void text(socket).then((request) => socket.end(`got ${request.length}`)),
      ),
    );
    const stream = await session.connect({ kind: "tcp", host: "localhost", port });
    stream.end("x".repeat(300_000));
    expect(await text(stream)).toBe("got 300000");
  });

  it("stays open for writing after the other side has ended", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    let received: Promise<string> | undefined;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.end("bye");
      received = text(socket);
    });
    await listen(server, join(agent.folder, "service"));
    const stream = await session.connect({ kind: "unix", path: join(agent.folder, "service") });
    expect(await text(stream)).toBe("bye");
    stream.end("still here");
    expect(await received).toBe("still here");
  });

  it("passes much data at the reader's pace", async () => {
    const session = await (await startAgent()).connect();
    const port = await listen(createServer((socket) => socket.end(Buffer.alloc(10_000_000))));
    const stream = await session.connect({ kind: "tcp", host: "127.0.0.1", port });
    let total = 0;
    for await (const chunk of stream) total += (chunk as Buffer).length;
    expect(total).toBe(10_000_000);
  });

  it("is closed in the guest when the host destroys it", async () => {
    const session = await (await startAgent()).connect();
    let onClosed: (() => void) | undefined;
    const closed = new Promise<void>((resolve) => (onClosed = resolve));
    const server = createServer((socket) =>
      socket
        .on("error", () => undefined)
        .on("close", () => onClosed?.())
        .resume(),
    );
    const stream = await session.connect({ kind: "tcp", host: "127.0.0.1", port: await listen(server) });
    stream.destroy();
    await closed;
  });

  it("tells a writer that the other side has gone", async () => {
    const session = await (await startAgent()).connect();
    const port = await listen(createServer((socket) => socket.on("error", () => undefined).destroy()));
    const stream = await session.connect({ kind: "tcp", host: "127.0.0.1", port });
    stream.resume();
    const failed = new Promise((resolve) => stream.once("error", resolve));
    const timer = setInterval(() => stream.write("x"), 5);
    expect(String(await failed)).toMatch(/closed it|broke/);
    clearInterval(timer);
  });

  it.each([
    [{ kind: "tcp", host: "127.0.0.1", port: 1 }, /cannot connect to 127.0.0.1: connection refused/],
    [{ kind: "tcp", host: "nobody.test", port: 1 }, /does not know a host named "nobody.test"/],
    [{ kind: "tcp", host: "127.0.0.1", port: 70_000 }, /a port from 1 to 65535/],
    [{ kind: "unix", path: "/nowhere" }, /cannot connect to \/nowhere: no such file or directory/],
  ] as const)("is refused with a reason: %j", async (address, message) => {
    const session = await (await startAgent()).connect();
    await expect(session.connect(address)).rejects.toThrow(message);
  });
});
