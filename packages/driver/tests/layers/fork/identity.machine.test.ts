import { tiny, type BootFiles, type Image } from "@vitest-machines/images";
import { digestOf } from "@vitest-machines/host";
import { describe, expect, it } from "vitest";
import type { Machine } from "../../../src/index.ts";
import { messageOf } from "../../support/use-cluster.ts";
import { LayerLab, useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const peers = { nodes: { a: {}, b: {}, c: {} } } as const;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How far a guest's wall clock is ahead of the host's, in milliseconds; of three looks the one that took least counts. */
async function clockOffset(machine: Machine): Promise<number> {
  const looks: { offset: number; took: number }[] = [];
  for (let look = 0; look < 3; look++) {
    const before = Date.now();
    const text = await machine.succeed("adjtimex -q; adjtimex | grep 'time.tv'");
    const after = Date.now();
    const [seconds = NaN, micros = NaN] = [...text.matchAll(/tv_u?sec: +(\d+)/g)].map(([, digits]) => Number(digits));
    looks.push({ offset: seconds * 1000 + micros / 1000 - (before + after) / 2, took: after - before });
  }
  looks.sort((one, other) => one.took - other.took);
  return looks[0]!.offset;
}

describe("the clock of a fork", () => {
  it("shows the host's time from the start, and keeps it", async () => {
    const cluster = await used.lab.start(peers);
    for (const when of ["after the freeze", "after a reset"]) {
      const machines = Object.values<Machine>(cluster.machines);
      const first = await Promise.all(machines.map(clockOffset));
      expect(Math.max(...first.map(Math.abs)), when).toBeLessThan(250);
      if (when === "after the freeze") await cluster.reset();
    }
    const { a } = cluster.machines;
    const before = await clockOffset(a);
    await pause(5_000);
    expect(Math.abs((await clockOffset(a)) - before)).toBeLessThan(150);
    await cluster.stop();
  });

  it("is right again for a machine that was frozen and goes on", async () => {
    const cluster = await used.lab.start(peers);
    await cluster.checkpoint("now");
    expect(Math.abs(await clockOffset(cluster.machines.b))).toBeLessThan(250);
    await pause(1_000);
    await cluster.restore("now");
    expect(Math.abs(await clockOffset(cluster.machines.b))).toBeLessThan(250);
    await cluster.stop();
  });

  it('goes on from the freeze with clock: "frozen", each time', async () => {
    const cluster = await used.lab.start({ ...peers, clock: "frozen" });
    const { a } = cluster.machines;
    const atStart = Date.now() + (await clockOffset(a));
    // The layer is of the tests above, so that is some time ago.
    const frozenAt = (await used.lab.store.list())[0]!.createdAt.getTime();
    expect(Math.abs(atStart - frozenAt)).toBeLessThan(3_000);
    await pause(2_000);
    await cluster.reset();
    const atReset = Date.now() + (await clockOffset(a));
    expect(Math.abs(atReset - atStart)).toBeLessThan(1_500);
    await cluster.checkpoint("later");
    const atCheckpoint = Date.now() + (await clockOffset(a));
    await pause(2_000);
    await cluster.restore("later");
    expect(Math.abs(Date.now() + (await clockOffset(a)) - atCheckpoint)).toBeLessThan(1_500);
    await cluster.stop();
  });
});

it("forks of one layer draw random numbers of their own, at once and one after the other", async () => {
  const draw = "cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom | xxd -p; head -c 16 /dev/random | xxd -p";
  const clusters = await Promise.all([used.lab.start(peers), used.lab.start(peers)]);
  const drawn: string[] = [];
  const drawAll = async () => {
    const machines = clusters.flatMap(({ machines }) => Object.values<Machine>(machines));
    const texts = await Promise.all(machines.map((machine) => machine.succeed(draw)));
    drawn.push(...texts.flatMap((text) => text.trim().split("\n")));
  };
  await drawAll();
  await Promise.all(clusters.map((cluster) => cluster.reset()));
  await drawAll();
  expect(drawn).toHaveLength(2 * 2 * 3 * 3);
  expect(new Set(drawn).size).toBe(drawn.length);
  await Promise.all(clusters.map((cluster) => cluster.stop()));
});

it("whatever was under way when a reset came has ended, and says why", async () => {
  const cluster = await used.lab.start(peers);
  const { a, b, c } = cluster.machines;
  const waits = [
    a.execute("echo begun; sleep 600"),
    a.succeed("cat /dev/zero > /dev/null"),
    a.sleep(600_000),
    a.waitForFile("/never"),
    a.waitForOpenPort(9),
    b.waitForConsoleText(/never/),
    c.waitForShutdown(),
  ].map(messageOf);
  await pause(300);
  const reset = cluster.reset();
  // The old machine has been cut off. Asked for in the middle, this waits for the new one.
  await waits[0];
  const during = a.succeed("echo new; cat /never 2> /dev/null || true");
  await reset;
  expect(await during).toBe("new\n");
  const messages = await Promise.all(waits);
  for (const message of messages.slice(0, -1)) {
    expect(message).toMatch(/^(MACHINE_DOWN: . is down: |AGENT_LOST: .*)its cluster was reset\./s);
  }
  // That is what it had waited for.
  expect(messages.at(-1)).toBe("it did not fail");
  await expect(a.execute("pidof sleep")).resolves.toMatchObject({ exitCode: 1 });
  await cluster.stop();
});

it("peers answer the first question, in every fork", async () => {
  const cluster = await used.lab.start(peers);
  const { a, b, c } = cluster.machines;
  for (let round = 0; round < 5; round++) {
    if (round > 0) await cluster.reset();
    await Promise.all([
      a.succeed("ping -c1 -W5 b", "ping -c1 -W5 c"),
      b.succeed("ping -c1 -W5 c", "ping -c1 -W5 a"),
      c.succeed("ping -c1 -W5 a", "ping -c1 -W5 b"),
    ]);
  }
  await cluster.stop();
});

describe("what an image wants after a fork", () => {
  /** The tiny image, with programs that run in each fork. */
  function hooked(...afterFork: NonNullable<BootFiles["afterFork"]>): Image {
    const image = tiny();
    const name = digestOf({ afterFork: JSON.stringify(afterFork) }).slice(0, 8);
    return {
      ...image,
      key: `hooked-${name}`,
      prepare: async (options) => {
        const files = await image.prepare(options);
        return { ...files, digest: digestOf({ digest: files.digest, name }), afterFork };
      },
    };
  }

  it("is done once in each fork, when its clock is right, before anybody gets a handle", async () => {
    const image = hooked(["sh", "-c", "date +%s >> /tmp/hook"], ["sh", "-c", "echo second >> /tmp/hook"]);
    const cluster = await used.lab.start({ nodes: { box: { image } } });
    const { box } = cluster.machines;
    for (let fork = 0; fork < 2; fork++) {
      if (fork > 0) await cluster.reset();
      const [first, ...rest] = (await box.succeed("cat /tmp/hook")).split("\n");
      expect(Math.abs(Number(first) - Date.now() / 1000)).toBeLessThan(3);
      expect(rest).toEqual(["second", ""]);
    }
    await cluster.stop();
  });

  it("fails the start when it fails, and nobody uses the layer of a cluster that is not there", async () => {
    await using lab = await LayerLab.open();
    const image = hooked(["sh", "-c", "exit 3"]);
    expect(await messageOf(lab.start({ nodes: { box: { image } } }))).toMatch(
      "FORK_FAILED: box: `sh -c exit 3`, which its image wants after a fork, ended with exit code 3.",
    );
    expect(await lab.store.list()).toMatchObject([{ inUse: false }]);
  });
});
