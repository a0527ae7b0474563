import c from "tinyrainbow";
import type { Vitest } from "vitest/node";
import { Station, type Front } from "./station.ts";

/** In watch mode Vitest closes and starts anew when its configuration is edited: time for the new one to come. */
const graceMs = 3_000;

interface Claim {
  readonly station: Promise<Station>;
  readonly claimants: Set<Vitest>;
  closing: NodeJS.Timeout | undefined;
}

/** Shared by all plugin instances and copies of this module in the process, as an edited configuration makes new ones. */
const registry = Symbol.for("vitest-machines.stations");

/** The station of a Vitest: opened for the first project, shared by the others, handed over to a restarted Vitest. */
export async function claimStation(vitest: Vitest, idleMs: number): Promise<Station> {
  const { root, watch: isWatching } = vitest.config;
  const claims = stations();
  const front: Front = {
    print: (line) => vitest.logger.error(`${c.dim(c.cyan(" machines "))} ${line}`),
    onCancel: (listener) => vitest.onCancel(listener),
  };
  const claim: Claim = claims.get(root) ?? {
    station: Station.open({ root, idleMs, isWatching }, front),
    claimants: new Set(),
    closing: undefined,
  };
  claims.set(root, claim);
  clearTimeout(claim.closing);
  const station = await claim.station;
  if (claim.claimants.has(vitest)) return station;

  claim.claimants.add(vitest);
  station.handOver(front);
  vitest.onTestsRerun(() => station.beginRun());
  vitest.onClose(() => release(root, claim, vitest));
  return station;
}

/** Called at a restart and again at the end: the second call finds nothing to do. */
async function release(root: string, claim: Claim, vitest: Vitest): Promise<void> {
  if (!claim.claimants.delete(vitest) || claim.claimants.size > 0) return;
  const close = async (): Promise<void> => {
    if (stations().get(root) === claim) stations().delete(root);
    await (await claim.station).close();
  };
  if (!vitest.config.watch) {
    await close();
    return;
  }
  // Nothing waits for this: when the process ends first, the keeper notices that by itself.
  claim.closing = setTimeout(() => void close(), graceMs).unref();
}

function stations(): Map<string, Claim> {
  const store = globalThis as { [registry]?: Map<string, Claim> | undefined };
  const known = store[registry] ?? new Map<string, Claim>();
  store[registry] = known;
  return known;
}
