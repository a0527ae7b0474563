import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { client: {}, server: {} } });
const server = () => lab.machine("server");
const client = () => lab.machine("client");
const serves = () => server().succeed("test -e /tmp/serves");
const serve = () => server().succeed("touch /tmp/serves");

it("holds from when it is waited for to the end of its scope", async () => {
  await server().succeed("rm -f /tmp/serves; (sleep 0.5; touch /tmp/serves) > /dev/null 2>&1 &");
  {
    await using condition = lab.cluster.pollingCondition("the server serves", serves, { interval: 0 });
    await condition.wait();
    await client().succeed("true");
    await server()
      .succeed("rm /tmp/serves")
      .catch(() => undefined);
    await expect(client().execute("true")).rejects.toMatchObject({
      code: "CONDITION_FAILED",
      cause: { machine: "server" },
    });
  }
  await client().succeed("true");
});

it("says what it is, and what its check threw", async () => {
  await server().succeed("rm -f /tmp/serves");
  await using condition = lab.cluster.pollingCondition("the server serves", serves);
  expect(await messageOf(client().succeed("true"))).toMatch(
    /^CONDITION_FAILED: the condition "the server serves" does not hold: its check threw\.\nThe check threw: COMMAND_FAILED: server: `test -e \/tmp\/serves` failed/,
  );
  await expect(condition.wait({ timeout: 300 })).rejects.toThrow(
    /^WAIT_TIMEOUT: condition "the server serves": retried for 0\.\d s in vain/,
  );
});

it("ends verbs that are under way, and what they run", async () => {
  await serve();
  let looks = 0;
  const look = async (): Promise<void> => {
    looks++;
    await serves();
  };
  await using condition = lab.cluster.pollingCondition("the server serves", look, { interval: 100 });
  const startedAt = performance.now();
  const [commanded, waited] = await Promise.all([
    messageOf(client().succeed("echo so far; exec sleep 61")),
    messageOf(client().waitForFile("/tmp/never")),
    // Whatever the clock says, more than one look has come to pass.
    expect
      .poll(() => looks, { timeout: 30_000 })
      .toBeGreaterThan(3)
      .then(() =>
        server()
          .execute("rm /tmp/serves")
          .catch(() => undefined),
      ),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(40_000);
  expect(condition.over.aborted).toBe(false);
  expect(commanded).toMatch(/^CONDITION_FAILED: [^]*client was running: echo so far; exec sleep 61\nstdout:\nso far/);
  expect(waited).toMatch(/^CONDITION_FAILED: [^]*Last seen: no such file/i);
  await serve();
  await client().fail("pgrep -f 'sleep 61'");
});

it("looks only when the last look is older than its interval, and when something runs", async () => {
  let looks = 0;
  await using condition = lab.cluster.pollingCondition("counted", () => ++looks, { interval: 60_000 });
  await client().succeed("true");
  await server().succeed("true");
  expect(looks).toBe(1);
  await using often = lab.cluster.pollingCondition("counted often", () => ++looks, { interval: 1 });
  await delay(100);
  expect(looks).toBe(1);
  expect([condition.over.aborted, often.over.aborted]).toEqual([false, false]);
});

it("looks again when the look under way began before the verb", async () => {
  let holds = true;
  let looked = (): void => undefined;
  const slowly = async (): Promise<boolean> => {
    const seen = holds;
    looked();
    await delay(300);
    return seen;
  };
  await using condition = lab.cluster.pollingCondition("slow to look", slowly, { interval: 0 });
  const long = messageOf(client().succeed("sleep 61"));
  await new Promise<void>((resolve) => (looked = resolve));
  holds = false;
  expect(await messageOf(server().succeed("true"))).toContain('CONDITION_FAILED: the condition "slow to look"');
  expect(await long).toContain("CONDITION_FAILED");
  expect(condition.over.aborted).toBe(false);
});

it("false is no, and an end in between is told by the scope", async () => {
  let holds = true;
  const work = async (): Promise<void> => {
    await using condition = lab.cluster.pollingCondition("yes or no", () => holds, { interval: 0 });
    await client().succeed("true");
    holds = false;
    expect(condition.name).toBe("yes or no");
    await client().succeed("true");
  };
  expect(await messageOf(work())).toBe(
    'CONDITION_FAILED: the condition "yes or no" does not hold: its check returned false.',
  );
  await client().succeed("true");
});

it("ends with its signal", async () => {
  const abort = new AbortController();
  const condition = lab.cluster.pollingCondition("never", () => false, { signal: abort.signal });
  await expect(client().succeed("true")).rejects.toThrow("CONDITION_FAILED");
  const waiting = messageOf(condition.wait());
  abort.abort(new Error("enough"));
  expect(await waiting).toMatch(/^ABORTED: condition "never": retried .*: enough/);
  await client().succeed("true");
});

it("refuses what is none", () => {
  expect(() => lab.cluster.pollingCondition("", () => true)).toThrow("is no name for a condition");
  expect(() => lab.cluster.pollingCondition("x", () => true, { interval: -1 })).toThrow(
    "interval: -1 is not a duration",
  );
});

it("rests while the machines are taken to another moment", async () => {
  await serve();
  await lab.cluster.checkpoint("serving");
  await using condition = lab.cluster.pollingCondition("the server serves", serves, { interval: 50 });
  const asked = client()
    .succeed("true")
    .catch((error: unknown) => error);
  await lab.cluster.restore("serving");
  await asked;
  await client().succeed("sleep 0.5");
  expect(condition.over.aborted).toBe(false);
});
