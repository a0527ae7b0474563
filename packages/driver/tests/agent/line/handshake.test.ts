import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Deadline } from "@vitest-machines/host";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectAgent } from "../../../src/agent/connect.ts";
import { encodeFrame, frameType } from "../../../src/agent/protocol/frame.ts";
import { FrameParser } from "../../../src/agent/protocol/parser.ts";
import { all, startAgent } from "../an-agent.ts";
import { answerHello, impostor, welcome } from "../an-impostor.ts";

describe("the handshake", () => {
  it("tells what the guest is", async () => {
    const { guest } = await (await startAgent()).connect();
    expect(guest).toMatchObject({
      protocol: 1,
      agentVersion: "0.1.0",
      architecture: process.arch === "x64" ? "x86_64" : "aarch64",
    });
    expect(guest.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(guest.kernelRelease).not.toBe("");
  });

  it("repeats its greeting, and ignores all that comes before the answer to it", async () => {
    const path = await impostor((line) => {
      line.write("login: ");
      line.write(encodeFrame(frameType.done, 0, 1));
      answerHello(line, (nonce, attempt) => (attempt < 3 ? welcome("another") : welcome(nonce)));
    });
    const session = await connectAgent(path, { deadline: Deadline.after(5000) });
    expect(session.guest.agentVersion).toBe("9.9");
    session.close();
  });

  it("gives up at its deadline, and says what it heard", async () => {
    const path = await impostor((line) => line.write("login: "));
    const connecting = connectAgent(path, { deadline: Deadline.after(250) });
    await expect(connecting).rejects.toMatchObject({
      code: "AGENT_TIMEOUT",
      facts: { attempts: expect.any(Number) as number },
    });
    await expect(connecting).rejects.toThrow(
      /did not answer within \d+ ms\nIt was greeted \d+ times; \d+ bytes arrived/,
    );
  });

  it("ends when its signal fires", async () => {
    const path = await impostor(() => undefined);
    const controller = new AbortController();
    const connecting = connectAgent(path, { deadline: Deadline.after(5000, controller.signal) });
    setTimeout(() => controller.abort(new Error("not needed any more")), 50);
    await expect(connecting).rejects.toThrow("not needed any more");
  });

  it("refuses an agent of another protocol", async () => {
    const path = await impostor((line) => answerHello(line, (nonce) => welcome(nonce, 7)));
    await expect(connectAgent(path, { deadline: Deadline.after(5000) })).rejects.toThrow(
      /speaks protocol 7, this driver speaks 1/,
    );
  });

  it("waits while others wait for the line", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "busy-")), "line");
    onTestFinished(() => rmSync(dirname(path), { recursive: true }));
    const listening = "require('net').createServer((line) => line.end()).listen({ path: process.argv[1], backlog: 1 })";
    const owner = spawn(process.execPath, ["-e", listening, path]);
    onTestFinished(() => void owner.kill("SIGKILL"));
    await vi.waitFor(() => expect(existsSync(path)).toBe(true), { timeout: 10_000 });
    owner.kill("SIGSTOP");
    const busy = (): Promise<boolean> =>
      new Promise((resolve) => {
        const caller = connect(path, () => resolve(false));
        caller.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EAGAIN"));
        onTestFinished(() => void caller.destroy());
      });
    await vi.waitUntil(busy, { timeout: 10_000 });
    const connecting = connectAgent(path, { deadline: Deadline.after(20_000) });
    setTimeout(() => owner.kill("SIGCONT"), 100);
    // It got through, and was hung up on.
    await expect(connecting).rejects.toThrow(/AGENT_LOST: (?!.*EAGAIN)/);
  });

  it("fails at once when nobody has the line, or hangs up", async () => {
    const gone = await impostor((line) => line.end());
    await expect(connectAgent(gone, { deadline: Deadline.after(5000) })).rejects.toMatchObject({ code: "AGENT_LOST" });
    await expect(connectAgent(`${gone}-not`, { deadline: Deadline.after(5000) })).rejects.toThrow(
      /cannot reach the agent's line/,
    );
  });
});

describe("a session", () => {
  it("ends all that is going on when the line breaks", async () => {
    let line: Socket | undefined;
    const path = await impostor((socket) => {
      line = socket;
      answerHello(socket, (nonce) => welcome(nonce));
    });
    const session = await connectAgent(path, { deadline: Deadline.after(5000) });
    const running = session.exec({ argv: ["sleep", "1"] });
    const work = [running.exit, session.ping(), all(session.list("/")), session.waitFor({ kind: "path", path: "/" })];
    const expectations = work.map((promise) => expect(promise).rejects.toMatchObject({ code: "AGENT_LOST" }));
    setTimeout(() => line?.destroy(), 50);
    await Promise.all(expectations);
    expect((await session.ended).message).toContain("closed the line");
    expect(running.stdout.destroyed).toBe(true);
    await expect(session.ping()).rejects.toMatchObject({ code: "AGENT_LOST" });
    await expect(session.exec({ argv: ["true"] }).exit).rejects.toMatchObject({ code: "AGENT_LOST" });
  });

  it("ends when the agent says that it has started anew", async () => {
    const path = await impostor((line) => {
      answerHello(line, (nonce) => welcome(nonce));
      setTimeout(() => line.write(encodeFrame(frameType.ready, 0, 0)), 100);
    });
    const session = await connectAgent(path, { deadline: Deadline.after(5000) });
    expect((await session.ended).message).toContain("started anew");
  });

  it("does not take a path out of the listed tree from a guest", async () => {
    const path = await impostor((line) => {
      answerHello(line, (nonce) => welcome(nonce));
      line.on("data", (chunk: Buffer) => {
        for (const frame of new FrameParser().push(chunk)) {
          if (frame.type !== frameType.open) continue;
          line.write(
            encodeFrame(frameType.data, 0, frame.stream, Buffer.from("path=../../etc/x\0type=file\0mode=420\0\0")),
          );
        }
      });
    });
    const session = await connectAgent(path, { deadline: Deadline.after(5000) });
    await expect(all(session.list("/tree"))).rejects.toThrow(/leads out of the tree/);
    session.close();
  });
});
