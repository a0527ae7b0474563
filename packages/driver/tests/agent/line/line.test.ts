import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { encodeFields, Fields } from "../../../src/agent/protocol/fields.ts";
import { encodeFrame, frameType, type Frame } from "../../../src/agent/protocol/frame.ts";
import { FrameParser } from "../../../src/agent/protocol/parser.ts";
import { run, startAgent, until } from "../an-agent.ts";
import { flush, garbage } from "../protocol/broken-frames.ts";
import { fuzzSeed, Random } from "../protocol/random.ts";

const hello = (nonce: string): Buffer =>
  encodeFrame(frameType.hello, 0, 0, encodeFields([["version", 1], ["nonce", nonce], ["credit", 262_144]])); // prettier-ignore
const open = (stream: number, ...fields: (readonly [string, string | number])[]): Buffer =>
  encodeFrame(frameType.open, 0, stream, encodeFields(fields));

/** Collects what the agent sends. */
function listen(line: Socket): { frames: Frame[]; find(type: number, stream?: number): Frame | undefined } {
  const parser = new FrameParser();
  const frames: Frame[] = [];
  line.on("data", (chunk: Buffer) => frames.push(...parser.push(chunk)));
  return { frames, find: (type, stream = 0) => frames.find((frame) => frame.type === type && frame.stream === stream) };
}

describe("the agent's end of the line", () => {
  it("finds frames among garbage, and counts what it dropped", async () => {
    const line = await (await startAgent()).open();
    const heard = listen(line);
    const noise = Buffer.from("login: root\r\n");
    line.write(Buffer.concat([noise, hello("one"), noise, encodeFrame(frameType.ping, 0, 0)]));
    await until("it has answered", () => heard.find(frameType.pong) !== undefined);
    line.write(Buffer.concat([noise, hello("two")]));
    await until("it has answered", () => heard.frames.filter(({ type }) => type === frameType.welcome).length === 2);
    expect(new Fields(heard.frames.at(-1)?.payload ?? Buffer.alloc(0)).number("dropped")).toBe(3 * noise.length);
  });

  it("survives a host that leaves in the middle of a frame and comes back", async () => {
    const agent = await startAgent();
    for (let count = 0; count < 20; count++) {
      const line = await agent.open();
      line.write(hello(`nonce-${count}`));
      const frame = open(1, ["op", "exec"], ["arg", "sleep"], ["arg", "60"]);
      line.write(frame.subarray(0, 1 + count));
      await new Promise<void>((resolve) => line.end(resolve));
      line.destroy();
    }
    const session = await agent.connect();
    expect((await run(session, "echo hi")).stdout).toBe("hi\n");
  });

  it("gives up half a frame when the same line carries a new host's zeros", async () => {
    const line = await (await startAgent()).open();
    const heard = listen(line);
    line.write(encodeFrame(frameType.data, 0, 1, Buffer.alloc(30_000)).subarray(0, 5000));
    line.write(Buffer.concat([flush, hello("new")]));
    await until("it answers", () => heard.find(frameType.welcome) !== undefined);
  });

  it("ends what an earlier session has begun when a new one begins, but not when a greeting is repeated", async () => {
    const line = await (await startAgent()).open();
    const heard = listen(line);
    line.write(Buffer.concat([hello("one"), open(1, ["op", "exec"], ["arg", "sleep"], ["arg", "60"])]));
    await until("the command runs", () => heard.find(frameType.opened, 1) !== undefined);
    const pid = new Fields(heard.find(frameType.opened, 1)?.payload ?? Buffer.alloc(0)).number("pid") ?? 0;
    line.write(Buffer.concat([hello("one"), encodeFrame(frameType.ping, 0, 0)]));
    await until("it answers", () => heard.find(frameType.pong) !== undefined);
    expect(process.kill(pid, 0)).toBe(true);
    line.write(Buffer.concat([hello("two"), open(1, ["op", "exec"], ["arg", "true"])]));
    await until("the same id serves anew", () => heard.find(frameType.done, 1) !== undefined);
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it("does nothing for a host that has not said HELLO", async () => {
    const agent = await startAgent();
    const line = await agent.open();
    const heard = listen(line);
    line.write(Buffer.concat([open(1, ["op", "mkdir"], ["path", `${agent.folder}/no`]), hello("one")]));
    await until("it answers", () => heard.find(frameType.welcome) !== undefined);
    expect(heard.find(frameType.done, 1)).toBeUndefined();
  });

  it("says which operations it does not know", async () => {
    const line = await (await startAgent()).open();
    const heard = listen(line);
    line.write(Buffer.concat([hello("one"), open(5, ["op", "fly"])]));
    await until("it answers", () => heard.find(frameType.error, 5) !== undefined);
    expect(new Fields(heard.find(frameType.error, 5)?.payload ?? Buffer.alloc(0)).text("message")).toContain(
      'the operation "fly"',
    );
  });

  it("ends a stream that sends more than its window, and only that", async () => {
    const line = await (await startAgent()).open();
    const heard = listen(line);
    const data = encodeFrame(frameType.data, 0, 1, Buffer.alloc(32_000));
    line.write(
      Buffer.concat([
        hello("one"),
        open(1, ["op", "exec"], ["arg", "sleep"], ["arg", "60"]),
        ...Array.from({ length: 10 }, () => data),
      ]),
    );
    await until("it is refused", () => heard.find(frameType.error, 1) !== undefined);
    line.write(encodeFrame(frameType.ping, 0, 0));
    await until("it answers", () => heard.find(frameType.pong) !== undefined);
  });

  it("stays small while a host asks much and reads nothing", async () => {
    const agent = await startAgent();
    const line = await agent.open();
    line.pause();
    const before = agent.memory();
    line.write(hello("one"));
    const pings = Buffer.concat(
      Array.from({ length: 1000 }, () => encodeFrame(frameType.ping, 0, 0, Buffer.alloc(32))),
    );
    for (let count = 0; count < 100; count++) line.write(pings);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(agent.memory() - before).toBeLessThan(512);
    const heard = listen(line);
    line.resume();
    await until("all are answered", () => heard.frames.length >= 100_000);
  });
});

const keys = ["op", "arg", "env", "cwd", "user", "path", "mode", "mtime", "target", "kind", "host", "port", "gone", "rows", "columns", "terminal", "signal", "group", "seed", "epoch"]; // prettier-ignore
const operations = ["exec", "write", "read", "list", "mkdir", "symlink", "wait", "connect", "signal", "echo", "reseed", "clock", "", "nonsense"]; // prettier-ignore

/** Requests that are frames, but mean anything: in order, out of order, doubled, missing, far too long. */
function nonsense(random: Random, folder: string): Buffer {
  const values = ["true", "", "0", "-1", "99999999999999999999", "x".repeat(random.below(5000)), "=", "path", "tcp", "udp", "unix", "127.0.0.1", "::1", "1", folder, `${folder}/a`, `${folder}/b/c`, "/etc/hosts", "SIGTERM", "nobody", "5eed".repeat(random.below(40))]; // prettier-ignore
  const fields = Array.from({ length: random.below(6) }, () => [random.pick(keys), random.pick(values)] as const);
  const stream = random.below(300);
  switch (random.below(9)) {
    case 0:
      return encodeFrame(frameType.data, random.below(2), stream, random.bytes(random.below(200)));
    case 1:
      return encodeFrame(frameType.eof, random.below(2), stream);
    case 2:
      return encodeFrame(frameType.credit, random.below(2), stream, random.bytes(random.below(3) * 2));
    case 3:
      return encodeFrame(frameType.control, 0, stream, encodeFields(fields));
    case 4:
    case 5:
      return encodeFrame(frameType.close, 0, stream);
    case 6:
      // A request that never ends, or goes on from another.
      return encodeFrame(frameType.open, 1, stream, encodeFields(fields));
    default:
      // exec only ever runs `true` or what does not exist: the values name no other program.
      return open(stream, ["op", random.pick(operations)], ...fields);
  }
}

describe("the agent under 100,000 frames that nobody should send", () => {
  it.each(["broken", "senseless"])("stays alive and answers a new host: %s ones", { timeout: 60_000 }, async (kind) => {
    const seed = fuzzSeed();
    const random = new Random(seed);
    // An ordinary user, when we can: no accident may touch the host.
    const agent = await startAgent(process.getuid?.() === 0 ? { uid: 65534 } : {});
    const before = agent.memory();
    const line = await agent.open();
    line.resume();
    for (let round = 0; round < 50; round++) {
      const parts = [hello(`round-${round}`)];
      for (let count = 0; count < 1000; count++)
        parts.push(kind === "broken" ? garbage(random) : nonsense(random, agent.folder));
      await new Promise((resolve) => line.write(Buffer.concat(parts), resolve));
    }
    line.destroy();
    expect(agent.isAlive(), `FUZZ_SEED=${seed}`).toBe(true);
    const session = await agent.connect();
    expect((await run(session, "echo hi")).stdout, `FUZZ_SEED=${seed}`).toBe("hi\n");
    expect(agent.memory() - before, `FUZZ_SEED=${seed}`).toBeLessThan(4096);
  });
});
