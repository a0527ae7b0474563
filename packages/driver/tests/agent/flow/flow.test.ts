import { describe, expect, it } from "vitest";
import { run, startAgent, text, until } from "../an-agent.ts";

const mebibyte = 1024 * 1024;

describe("flow control", () => {
  it("stops a fast producer in the guest while nobody reads, and neither side's memory grows", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const before = agent.memory();
    const running = session.exec({ argv: ["sh", "-c", "head -c 200000000 /dev/zero; echo end >&2"] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [bytes] = countBytes(running.stdout);
    expect(running.stdout.readableLength).toBeLessThan(mebibyte / 2);
    expect(agent.memory() - before).toBeLessThan(1024);
    await running.exit;
    expect(bytes()).toBe(200_000_000);
    expect(agent.memory() - before).toBeLessThan(1024);
  });

  it("passes a lot through a slow reader without buffering it", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const running = session.exec({ argv: ["head", "-c", "4000000", "/dev/zero"] });
    let total = 0;
    let most = 0;
    for await (const chunk of running.stdout) {
      total += (chunk as Buffer).length;
      most = Math.max(most, running.stdout.readableLength);
      if (total % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(total).toBe(4_000_000);
    expect(most).toBeLessThan(mebibyte / 2);
  });

  it("stops a fast writer on the host while the command does not read", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const before = agent.memory();
    const running = session.exec({ argv: ["sh", "-c", "sleep 0.5; wc -c"] });
    let written = 0;
    let full = false;
    while (!full) {
      full = !running.stdin.write(Buffer.alloc(8192), () => (written += 8192));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(written).toBeLessThan(mebibyte / 4);
    expect(agent.memory() - before).toBeLessThan(512);
    running.stdin.end(Buffer.alloc(3_000_000));
    const total = Number(await text(running.stdout));
    expect(total).toBe(written + 3_000_000);
  });

  it("keeps the channels of a command apart: stderr flows while stdout is full", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sh", "-c", "yes & echo important >&2; wait"] });
    const [chunk] = (await running.stderr.take(1).toArray()) as Buffer[];
    expect(chunk?.toString()).toBe("important\n");
    running.kill("SIGKILL");
    running.stdout.resume();
    await running.exit;
  });

  it("lets the guest go on when a reader has given up", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sh", "-c", "head -c 5000000 /dev/zero"] });
    running.stdout.destroy();
    expect((await running.exit).exitCode).toBe(0);
  });

  it("answers small commands soon while bulk streams run", async () => {
    const session = await (await startAgent()).connect();
    const bulk = [0, 1].map(() => session.exec({ argv: ["cat", "/dev/zero"] }));
    const counters = bulk.map((running) => countBytes(running.stdout)[0]);
    await until("both run", () => counters.every((bytes) => bytes() > mebibyte));
    const before = counters.map((bytes) => bytes());
    const times: number[] = [];
    for (let count = 0; count < 40; count++) {
      const startedAt = performance.now();
      await session.ping();
      times.push(performance.now() - startedAt);
    }
    expect((await run(session, "echo hi")).stdout).toBe("hi\n");
    times.sort((left, right) => left - right);
    expect(times[20]).toBeLessThan(500);
    const [first = 0, second = 0] = counters.map((bytes, index) => bytes() - (before[index] ?? 0));
    expect(first / second).toBeGreaterThan(0.2);
    expect(first / second).toBeLessThan(5);
    for (const running of bulk) running.kill("SIGKILL");
    await Promise.all(bulk.map((running) => running.exit));
  });
});

function countBytes(stream: NodeJS.ReadableStream): [() => number] {
  let total = 0;
  stream.on("data", (chunk: Buffer) => (total += chunk.length));
  return [() => total];
}
