import { Deadline } from "@vitest-machines/host";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connectAgent } from "../../src/agent/connect.ts";
import type { AgentSession } from "../../src/agent/session.ts";
import { bootGuest, cards, type Guest } from "./a-guest.ts";
import { run, text } from "./an-agent.ts";

const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("the agent in a real guest", () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await bootGuest();
  });
  afterAll(() => guest.stop());

  async function open(): Promise<AgentSession> {
    const session = await connectAgent(guest.line, { deadline: Deadline.after(60_000) });
    onTestFinished(() => session.close());
    return session;
  }

  it("answers a host that was there before it", async () => {
    const session = await open();
    expect(session.guest).toMatchObject({ protocol: 1, architecture: "x86_64" });
    expect(await run(session, "echo out; echo err >&2; exit 4")).toMatchObject({
      exitCode: 4,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("configures the guest: interfaces by their MACs, names swapped, addresses usable at once", async () => {
    const session = await open();
    await session.configure({
      hostname: "server",
      hosts: "127.0.0.1 localhost\n192.168.1.2 server\n",
      interfaces: [
        { mac: cards[1], name: "eth0", addresses: ["192.168.1.2/24", "2001:db8:1::2/64"] },
        { mac: cards[0], name: "eth1", addresses: ["192.168.2.2/24"] },
      ],
    });
    expect((await run(session, "hostname; cat /sys/class/net/eth0/address")).stdout).toBe(`server\n${cards[1]}\n`);
    expect(await run(session, "ping -c1 server && ping -c1 2001:db8:1::2 && ping -c1 ::1")).toMatchObject({
      exitCode: 0,
    });
  });

  it("sets the clock", async () => {
    const session = await open();
    await session.setClock(1_234_567_890_500);
    expect(Number((await run(session, "date +%s")).stdout)).toBeCloseTo(1_234_567_891, -1);
  });

  it("is what the kernel kills last, and its commands are not", async () => {
    const session = await open();
    const { stdout } = await run(session, "cat /proc/$PPID/oom_score_adj /proc/self/oom_score_adj");
    expect(stdout).toBe("-1000\n0\n");
  });

  it("gives commands terminals", async () => {
    const session = await open();
    expect((await run(session, { argv: ["stty", "size"], pty: { rows: 20, columns: 70 } })).stdout).toBe("20 70\r\n");
  });

  it("passes files there and back unchanged", async () => {
    const session = await open();
    const bytes = Buffer.alloc(3_000_000, "0123456789abcdef-");
    await session.writeFile("/tmp/file", bytes);
    const { content } = await session.readFile("/tmp/file");
    expect(await text(content)).toBe(bytes.toString());
    await run(session, "rm /tmp/file");
  });

  it("connects to services of the guest", async () => {
    const session = await open();
    const server = session.exec({ argv: ["nc", "-l", "-p", "5000", "-e", "cat"] });
    await session.waitFor({ kind: "path", path: "/proc/self" });
    let stream;
    while (stream === undefined) {
      await soon(20);
      stream = await session.connect({ kind: "tcp", host: "127.0.0.1", port: 5000 }).catch(() => undefined);
    }
    stream.end("hello");
    expect(await text(stream)).toBe("hello");
    server.kill("SIGKILL");
  });

  it("ends the commands of a host that has left, and answers the next one soon", async () => {
    for (let count = 0; count < 5; count++) {
      const left = await open();
      left.exec({ argv: ["cat", "/dev/zero"] });
      await soon(50);
      left.close();
    }
    const startedAt = performance.now();
    const session = await open();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect((await run(session, "ps | grep -c 'cat /dev/zer[o]'")).stdout).toBe("0\n");
  });

  it("finds its frames when something else has written to the line", async () => {
    const line = connect(guest.line);
    line.resume();
    line.write("login: \xd5\xb6 half a frame");
    await soon(50);
    line.destroy();
    await (await open()).ping();
  });

  it("does not spin while no host is there", async () => {
    (await open()).close();
    await soon(300);
    const ticks = (): number => {
      const fields = readFileSync(`/proc/${guest.qemu.pid}/stat`, "utf8").split(" ");
      return Number(fields[13]) + Number(fields[14]);
    };
    const before = ticks();
    await soon(1_000);
    // Of 100 in a second; an idle guest without KVM needs 3 to 8.
    expect(ticks() - before).toBeLessThan(30);
  });

  it("answers small commands soon while a bulk stream runs", async () => {
    const session = await open();
    const bulk = session.exec({ argv: ["cat", "/dev/zero"] });
    bulk.stdout.resume();
    await soon(200);
    const times: number[] = [];
    for (let count = 0; count < 30; count++) {
      const startedAt = performance.now();
      await session.ping();
      times.push(performance.now() - startedAt);
    }
    times.sort((left, right) => left - right);
    expect(times[15]).toBeLessThan(500);
    bulk.kill("SIGKILL");
    await bulk.exit;
  });
});
