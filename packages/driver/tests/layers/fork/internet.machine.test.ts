import { LocalProcessHost } from "@vitest-machines/host";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { SparePool, type Cluster, type NodeDeclaration } from "../../../src/index.ts";
import { startWorld, type World } from "../../support/a-world.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const host = new LocalProcessHost();
let [before, now]: World[] = [];
let runtime = "";
let pool: SparePool;
const errors: unknown[] = [];

beforeAll(async () => {
  [before, now] = await Promise.all([startWorld(), startWorld()]);
  // A budget of its own: a pool gives way to whoever waits on the same host, and other tests do.
  runtime = await mkdtemp("/tmp/vmi-");
  vi.stubEnv("VITEST_MACHINES_RUNTIME", runtime);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const world of [before, now]) await world?.[Symbol.asyncDispose]();
  await rm(runtime, { recursive: true });
});
beforeEach(() => {
  pool = new SparePool({ host, store: used.lab.store, eager: true, onError: (error) => errors.push(error) });
});
afterEach(async () => {
  await pool.close();
  expect(errors).toEqual([]);
  // A gate ends with its machine.
  expect(gates()).toEqual([]);
});

/** A machine that reaches what a world has. */
const nodeIn = ({ dns, own }: World): NodeDeclaration => ({
  internet: { dns },
  hostServices: { registry: own.http },
  vlans: [],
});

async function startIn(world: World | undefined, spares?: SparePool): Promise<Cluster<{ a: NodeDeclaration }>> {
  return used.lab.start({ nodes: { a: nodeIn(world!) } }, { processHost: host, spares });
}

const page = (name: string, port: number): string => `wget -q -O - http://${name}:${port}/`;

/** Checks that a machine reaches what its declaration says, by name, and nothing else that is on the host's loopback. */
async function expectIn({ machines }: Cluster<{ a: NodeDeclaration }>, world: World, other?: World): Promise<void> {
  expect(await machines.a.succeed(page("example.test", world.open.http), page("registry", world.own.http))).toBe(
    "open\nown\n",
  );
  await machines.a.fail(page("10.0.2.2", world.own.http));
  if (other) await machines.a.fail(page("registry", other.own.http));
  expect(new Set(world.takeVisits())).toEqual(new Set(["dns", "open http /", "own http /"]));
  expect(other?.takeVisits() ?? []).toEqual([]);
}

it("is there in a fork, whose services are on other ports of the host", async () => {
  const first = await startIn(before);
  expect(first.origin).toEqual({ how: "booted", frozen: true });
  await expectIn(first, before!);
  await first.stop();
  const second = await startIn(now);
  expect(second.origin).toMatchObject({ how: "forked", spare: false });
  await expectIn(second, now!, before);
  await second.stop();
});

it("is there in a fork that was made ahead of time for other ports", async () => {
  const first = await startIn(before);
  await pool.want(first.forkRecipe!, "next");
  expect(await pool.isMade(first.forkRecipe!.layerKey)).toBe(true);
  const second = await startIn(now, pool);
  expect(second.origin).toMatchObject({ how: "forked", spare: true });
  await expectIn(second, now!, before);
  await Promise.all([first.stop(), second.stop()]);
});

it("is there after a checkpoint and its restore, without the connections of before", async () => {
  const cluster = await startIn(now);
  const { a } = cluster.machines;
  const { address, open } = now!;
  await a.succeed(
    "mkfifo /tmp/pipe; sleep 1000 > /tmp/pipe &",
    `{ nc ${address} ${open.http} < /tmp/pipe || true; touch /tmp/broken; } > /dev/null 2>&1 &`,
    "printf 'GET / HTTP/1.1\\r\\n' > /tmp/pipe",
  );
  await a.waitUntilSucceeds("netstat -tn | grep -q ESTABLISHED");
  await cluster.checkpoint("connected");
  await expectIn(cluster, now!);
  await cluster.restore("connected");
  await a.succeed("test ! -e /tmp/broken; printf 'Host: a\\r\\n' > /tmp/pipe");
  await a.waitForFile("/tmp/broken", { timeout: 20_000 });
  await expectIn(cluster, now!);
  await cluster.stop();
});

it("refuses connections to a service that nobody offers yet", async () => {
  const { own, [Symbol.asyncDispose]: end } = await startWorld();
  await end();
  const node = { ...nodeIn(now!), hostServices: { registry: own.http } };
  const cluster = await used.lab.start({ nodes: { a: node } }, { processHost: host });
  expect(await cluster.machines.a.fail(`${page("registry", own.http)} 2>&1`)).toContain("Connection refused");
  await cluster.stop();
});

/** Command lines of gates below this test's folder. */
function gates(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        // It has ended since.
        return "";
      }
    })
    .filter((line) => line.includes("gate/main.js") && line.includes(runtime));
}
