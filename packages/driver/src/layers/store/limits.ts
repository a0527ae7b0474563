import { MachinesError } from "@vitest-machines/host";

const mebibyte = 1024 ** 2;
const day = 24 * 3600_000;

/** What pruning holds the store to. */
export interface StoreLimits {
  /** Bytes on the disk. Default: 10 GiB, or $VITEST_MACHINES_LAYERS_MIB. */
  readonly maxBytes: number;
  /** How long a layer may go unused, in milliseconds. Default: 14 days. */
  readonly maxAgeMs: number;
}

/** Bytes that layers leave free on their file system: 512 MiB, for whatever else the host does. */
export const spareDiskBytes: number = 512 * mebibyte;

/** @throws MachinesError DECLARATION_INVALID when VITEST_MACHINES_LAYERS_MIB is not a whole number */
export function storeLimits(limits: Partial<StoreLimits>, env: NodeJS.ProcessEnv): StoreLimits {
  return { maxBytes: bytesFrom(env) ?? 10 * 1024 * mebibyte, maxAgeMs: 14 * day, ...limits };
}

function bytesFrom(env: NodeJS.ProcessEnv): number | undefined {
  const name = "VITEST_MACHINES_LAYERS_MIB";
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (/^\d+$/.test(text)) return Number(text) * mebibyte;
  throw new MachinesError("DECLARATION_INVALID", `${name} is "${text}", but must be a whole number of MiB.`, {
    hint: "10240 is the default; 0 keeps no layers.",
  });
}
