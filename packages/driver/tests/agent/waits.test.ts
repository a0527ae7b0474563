import { createSocket } from "node:dgram";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { WaitObservation } from "../../src/agent/session.ts";
import { startAgent } from "./an-agent.ts";

const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function listen(server: Server, where: number | string, host?: string): Promise<number> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) =>
    server.listen({ ...(typeof where === "string" ? { path: where } : { port: where }), host }, resolve),
  );
  return typeof where === "string" ? 0 : (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0, "127.0.0.1");
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("waiting for a path", () => {
  it("ends when it appears, and tells what it saw meanwhile", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const seen: WaitObservation[] = [];
    const waiting = session.waitFor(
      { kind: "path", path: join(agent.folder, "file") },
      { onProgress: (now) => seen.push(now) },
    );
    await soon(150);
    await writeFile(join(agent.folder, "file"), "");
    const { attempts, last } = await waiting;
    expect(last).toBe("present");
    expect(attempts).toBeGreaterThan(2);
    expect(seen[0]).toEqual({ attempts: 1, last: "no such file or directory" });
    expect(seen.at(-1)?.attempts).toBe(attempts - 1);
  });

  it("ends at once when it is there, or when it is gone", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    expect(await session.waitFor({ kind: "path", path: "/etc" })).toEqual({ attempts: 1, last: "present" });
    expect(await session.waitFor({ kind: "path", path: "/nowhere" }, { gone: true })).toMatchObject({ attempts: 1 });
    const path = join(agent.folder, "file");
    await writeFile(path, "");
    const waiting = session.waitFor({ kind: "path", path }, { gone: true });
    await soon(100);
    await rm(path);
    expect((await waiting).last).toBe("no such file or directory");
  });

  it("stops when its signal fires, in the agent too", async () => {
    const session = await (await startAgent()).connect();
    const controller = new AbortController();
    const waiting = session.waitFor({ kind: "path", path: "/nowhere" }, { signal: controller.signal });
    await soon(50);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toMatchObject({
      code: "ABORTED",
      message: expect.stringContaining("enough") as string,
    });
    await expect(session.waitFor({ kind: "path", path: "/etc" }, { signal: controller.signal })).rejects.toThrow(
      "enough",
    );
    // The stream is closed there: as many new ones as the agent has room for can be opened.
    const many = Array.from({ length: 256 }, () => session.waitFor({ kind: "path", path: "/etc" }));
    await Promise.all(many);
  });
});

describe("waiting for a TCP port", () => {
  it("ends when it opens and when it closes", async () => {
    const session = await (await startAgent()).connect();
    const port = await freePort();
    const target = { kind: "tcp", host: "127.0.0.1", port } as const;
    const seen: string[] = [];
    const opening = session.waitFor(target, { onProgress: ({ last }) => seen.push(last) });
    await soon(100);
    const server = createServer((socket) => socket.on("error", () => undefined).resume());
    await listen(server, port, "127.0.0.1");
    expect((await opening).last).toBe("open");
    expect(seen).toContain("connection refused");
    const closing = session.waitFor(target, { gone: true });
    await soon(50);
    server.close();
    expect((await closing).last).toBe("connection refused");
  });

  it("finds a server that listens on IPv6 alone by the name localhost", async () => {
    const session = await (await startAgent()).connect();
    const server = createServer((socket) => socket.on("error", () => undefined).resume());
    const port = await listen(server, 0, "::1");
    expect((await session.waitFor({ kind: "tcp", host: "localhost", port })).last).toBe("open");
  });

  it("goes on for a host that is not known (yet), and says so", async () => {
    const session = await (await startAgent()).connect();
    const controller = new AbortController();
    let last = "";
    const waiting = session.waitFor(
      { kind: "tcp", host: "nobody.test", port: 1 },
      { gone: true, signal: controller.signal, onProgress: (now) => (last = now.last) },
    );
    await soon(60);
    controller.abort();
    await expect(waiting).rejects.toThrow();
    expect(last).toBe('unknown host "nobody.test"');
  });
});

describe("waiting for a UDP port", () => {
  it.each(["udp4", "udp6"] as const)("ends when a %s socket is bound and when it is closed", async (type) => {
    const session = await (await startAgent()).connect();
    const socket = createSocket(type);
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    const { port } = socket.address();
    const target = { kind: "udp", host: "127.0.0.1", port } as const;
    expect(await session.waitFor(target)).toEqual({ attempts: 1, last: "open" });
    const closing = session.waitFor(target, { gone: true });
    await soon(30);
    await new Promise<void>((resolve) => socket.close(resolve));
    expect((await closing).last).toBe("no socket is bound to the port");
  });

  it("does not take another address's socket for it, and says when it cannot know", async () => {
    const session = await (await startAgent()).connect();
    const socket = createSocket("udp4");
    onTestFinished(() => void socket.close());
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.2", resolve));
    const { port } = socket.address();
    expect((await session.waitFor({ kind: "udp", host: "127.0.0.1", port }, { gone: true })).attempts).toBe(1);
    const controller = new AbortController();
    let last = "";
    const waiting = session.waitFor(
      { kind: "udp", host: "192.0.2.1", port },
      { signal: controller.signal, onProgress: (now) => (last = now.last) },
    );
    await soon(60);
    controller.abort();
    await expect(waiting).rejects.toThrow();
    expect(last).toContain("not an address of this machine");
  });
});

describe("waiting for a unix socket", () => {
  it("needs a listener, not only a file", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const path = join(agent.folder, "service");
    const seen: string[] = [];
    const waiting = session.waitFor({ kind: "unix", path }, { onProgress: ({ last }) => seen.push(last) });
    await soon(60);
    await writeFile(path, "");
    await soon(120);
    await rm(path);
    await listen(
      createServer((socket) => socket.on("error", () => undefined).resume()),
      path,
    );
    expect((await waiting).last).toBe("open");
    expect(seen).toEqual(expect.arrayContaining(["no such file or directory", "connection refused"]));
  });
});
