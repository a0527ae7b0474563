import { beforeAll, expect, it } from "vitest";
import { ext4Image } from "../../../../images/tests/support/ext4-image.ts";
import type { Cluster } from "../../../src/index.ts";
import { timed, useLayerLab } from "../../support/layer-lab.ts";
import { progressBeyond, startCounters, stopped, type Side } from "./counters.ts";

const used = useLayerLab();
const nodes = { server: {}, client: {} } as const;
const restores = process.env["NIGHTLY"] ? 50 : 10;
let cluster: Cluster<typeof nodes>;

beforeAll(async () => {
  cluster = await used.lab.start({ defaults: { image: ext4Image() }, nodes });
  await startCounters(cluster.machines);
  await progressBeyond(cluster.machines, 20);
  await cluster.checkpoint("begun");
});

/** A side keeps a number in this order: memory, log, page cache, disk. It stands still somewhere in between. */
function expectAgreement({ memory, log, cached, forced, broken }: Side): void {
  expect(broken).toBe("");
  for (const kept of [log, cached, forced]) expect([memory - 1, memory]).toContain(kept);
  expect(log).toBeGreaterThanOrEqual(cached);
  expect(cached).toBeGreaterThanOrEqual(forced);
}

/** The client sends a number when it has kept the one before, the server answers it when it has kept it. */
function expectConversation(client: Side, server: Side): void {
  expectAgreement(client);
  expectAgreement(server);
  expect([client.sent - 1, client.sent]).toContain(client.memory);
  expect([client.sent - 1, client.sent]).toContain(server.memory);
  // What the client has, the server had forced onto its disk before it said so.
  expect(server.forced).toBeGreaterThanOrEqual(client.memory);
}

it(
  `memory, disks and peers agree after each of ${restores} restores under load`,
  { timeout: 600_000 },
  async (test) => {
    const { machines } = cluster;
    await cluster.restore("begun");
    const before = await progressBeyond(machines, 0);
    const { ms: checkpointMs } = await timed(() => cluster.checkpoint("middle"));
    const after = await progressBeyond(machines, 0);
    expect(after).toBeGreaterThanOrEqual(before);
    // Whoever does not go back in memory and on the disk has this, and complains of it.
    const mark = "echo 'it did not go back' | tee /dev/broken > /var/lib/late; sync";
    await Promise.all([machines.server, machines.client].map((machine) => machine.succeed(mark)));
    let restoreMs = 0;
    for (let round = 0; round < restores; round++) {
      restoreMs += (await timed(() => cluster.restore("middle"))).ms / restores;
      const progress = await progressBeyond(machines, after);
      const { client, server } = await stopped(machines);
      expectConversation(client, server);
      expect(client.memory).toBeGreaterThanOrEqual(progress);
    }
    await test.annotate(`a checkpoint took ${Math.round(checkpointMs)} ms, a restore ${Math.round(restoreMs)} ms`);
  },
);

it("a power cut after a restore takes what was only in memory, and nothing that was forced onto the disk", async () => {
  const { server, client } = cluster.machines;
  await cluster.restore("begun");
  await progressBeyond(cluster.machines, 0);
  const { server: had } = await stopped(cluster.machines);
  await Promise.all([server.crash(), client.crash()]);
  await server.start();
  expect(Number(await server.succeed("cat /var/lib/forced"))).toBe(had.forced);
  await server.fail("cat /dev/memory");
  // Back to the moment before, also for machines that booted since.
  await cluster.restore("begun");
  const { client: now } = await stopped(cluster.machines);
  expectAgreement(now);
});
