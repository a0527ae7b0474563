import { Deadline } from "@vitest-machines/host";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connectAgent } from "../../src/agent/connect.ts";
import type { AgentSession } from "../../src/agent/session.ts";
import { bootGuest, cards, type Guest } from "./a-guest.ts";
import { snapshot, type Snapshot } from "./a-snapshot.ts";
import { run, text, until } from "./an-agent.ts";

const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** To less than the millisecond of Date.now(). */
const now = (): number => performance.timeOrigin + performance.now();
const connect = (guest: Guest): Promise<AgentSession> => connectAgent(guest.line, { deadline: Deadline.after(60_000) });

/** A copy of the machine that ends with the test, and a conversation with it. The host is there before the machine runs. */
async function fork(frozen: Snapshot): Promise<{ guest: Guest; session: AgentSession; handshakeMs: number }> {
  const guest = await frozen.fork();
  onTestFinished(() => guest.stop());
  const connecting = connect(guest);
  await soon(20);
  const startedAt = performance.now();
  await guest.qmp.execute("cont");
  const session = await connecting;
  return { guest, session, handshakeMs: performance.now() - startedAt };
}

async function drawn(session: AgentSession): Promise<string> {
  return text((await session.readFile("/proc/sys/kernel/random/uuid")).content);
}

const address = { mac: cards[0], name: "eth1", addresses: ["192.168.1.2/24", "2001:db8:1::2/64"] };

describe("the agent in a machine that is restored from a snapshot", () => {
  let frozen: Snapshot;
  let before: AgentSession;
  let running: { pid: number; ticks: number; daemon: number };
  let outcomes: Promise<unknown>[];

  beforeAll(async () => {
    frozen = await snapshot({}, async (guest) => {
      before = await connect(guest);
      await before.configure({ hostname: "server", hosts: "127.0.0.1 localhost\n", interfaces: [address] });
      const daemon = await run(before, "while sleep 0.05; do n=$((n + 1)); echo $n | tee /tmp/ticks; done & echo $!");
      const sleeping = before.exec({ argv: ["sleep", "600"] });
      const waiting = before.waitFor({ kind: "path", path: "/nowhere" });
      const noisy = before.exec({ argv: ["cat", "/dev/zero"] });
      await soon(300);
      running = { pid: await sleeping.pid, daemon: Number.parseInt(daemon.stdout, 10), ticks: await ticks(before) };
      outcomes = [sleeping.exit, noisy.exit, waiting].map((work: Promise<unknown>) => work.catch((error: unknown) => error)); // prettier-ignore
    });
  });
  afterAll(() => frozen.discard());

  const ticks = async (session: AgentSession): Promise<number> => {
    const { stdout } = await run(session, "cat /tmp/ticks");
    return Number(stdout);
  };
  const lives = async (session: AgentSession, pid: number): Promise<boolean> =>
    (await run(session, `kill -0 ${pid}`)).exitCode === 0;

  it("answers its new host soon", async () => {
    const times: number[] = [];
    for (let count = 0; count < 5; count++) times.push((await fork(frozen)).handshakeMs);
    // 20 ms on a machine that has nothing else to do (`fork1` measures it); tests share theirs with others.
    expect(Math.min(...times)).toBeLessThan(1_000);
  });

  it("answers a host that comes when it runs already, however the line was at the snapshot", async () => {
    const guest = await frozen.fork();
    onTestFinished(() => guest.stop());
    await guest.qmp.execute("cont");
    await soon(200);
    const session = await connect(guest);
    expect(session.guest).toMatchObject({ protocol: 1 });
    session.close();
    await soon(100);
    await (await connect(guest)).ping();
  });

  it("has ended the commands of the conversation before, not what ended commands have left in the background", async () => {
    const { session } = await fork(frozen);
    expect(await lives(session, running.pid)).toBe(false);
    expect((await run(session, "pidof cat")).exitCode).toBe(1);
    expect(await lives(session, running.daemon)).toBe(true);
    await until("the daemon goes on", async () => (await ticks(session)) > running.ticks + 5);
  });

  it("has lost nothing silently: what was under way rejects", async () => {
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ code: "AGENT_LOST" });
    await expect(before.ping()).rejects.toMatchObject({ code: "AGENT_LOST" });
  });

  it("draws random numbers of its own once it is reseeded", async () => {
    const [first, second, third] = [await fork(frozen), await fork(frozen), await fork(frozen)];
    await Promise.all([second, third].map(({ session }) => session.reseed(randomBytes(64))));
    const [one, two, three] = [await drawn(first.session), await drawn(second.session), await drawn(third.session)];
    expect(new Set([one, two, three]).size).toBe(3);
  });

  it("hears echoes, its own at least", async () => {
    const { session } = await fork(frozen);
    const answers = await Promise.all(
      ["127.0.0.1", "::1", "192.168.1.2", "2001:db8:1::2"].map((to) => session.echo(to)),
    );
    for (const { attempts } of answers) expect(attempts).toBeLessThanOrEqual(4);
  });

  it("has the host's time once it is set, and keeps it", { timeout: 60_000 }, async () => {
    const { guest, session } = await fork(frozen);
    const set = async (): Promise<{ steppedMs: number; tookMs: number }> => {
      const startedAt = performance.now();
      const { steppedMs } = await session.setClock(now());
      return { steppedMs: Math.abs(steppedMs), tookMs: performance.now() - startedAt };
    };
    const check = async (): Promise<void> => {
      const first = await set();
      expect(first.steppedMs).toBeGreaterThan(400);
      const second = await set();
      // Nobody can tell better than the messages take, on a host that is busy with something else.
      expect(second.steppedMs).toBeLessThan(3 + first.tookMs + second.tookMs);
      await soon(5_000);
      const last = await set();
      expect(last.steppedMs).toBeLessThan(20 + second.tookMs + last.tookMs);
    };
    await soon(500);
    await check();
    await guest.qmp.execute("stop");
    await soon(500);
    await guest.qmp.execute("cont");
    await check();
  });
});

describe("a kernel that knows QEMU's vmgenid device", () => {
  it("reseeds itself in each copy (Debian 13's does, Debian 12's cloud kernel is built without the driver)", async () => {
    const devices = ["-device", "vmgenid,guid=auto"];
    const frozen = await snapshot({ suite: "trixie", devices }, async (guest) => {
      await connect(guest);
    });
    onTestFinished(() => frozen.discard());
    const [first, second] = [await fork(frozen), await fork(frozen)];
    expect(await drawn(first.session)).not.toBe(await drawn(second.session));
  });
});

describe("the agent in a machine that was stopped", () => {
  it("answers a new host as soon as it goes on", async () => {
    const guest = await bootGuest();
    onTestFinished(() => guest.stop());
    let session = await connect(guest);
    const times: number[] = [];
    for (let count = 0; count < 5; count++) {
      await guest.qmp.execute("stop");
      session.close();
      await soon(20);
      const connecting = connect(guest);
      await soon(20);
      const startedAt = performance.now();
      await guest.qmp.execute("cont");
      session = await connecting;
      times.push(performance.now() - startedAt);
    }
    // 3 ms on a machine that has nothing else to do.
    expect(Math.min(...times)).toBeLessThan(1_000);
  });
});
