import { LocalProcessHost, type ProcessHost } from "@vitest-machines/host";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, vi, type Mock } from "vitest";
import { Keeper, type KeeperSpares } from "../../src/keeper/keeper.ts";

export interface Served {
  readonly keeper: Keeper;
  readonly socket: string;
  readonly onIdle: Mock;
  readonly onError: Mock;
}

export interface ServeOptions {
  host?: ProcessHost;
  spares?: KeeperSpares;
  idleMs?: number;
}

/** Of a keeper that never made a fork ahead of time. */
const noSpares: KeeperSpares = {
  take: () => Promise.resolve(undefined),
  keep: (_name, { lease }) => lease.release(),
  want: () => Promise.resolve(),
  clear: () => undefined,
  close: () => Promise.resolve(),
};

/** Tests with keepers that serve on sockets of their own. */
export const it = base
  .extend("folder", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "keeper-"));
    // A budget of its own: what else runs on this host is nothing to these tests.
    vi.stubEnv("VITEST_MACHINES_RUNTIME", folder);
    onCleanup(async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    });
    return folder;
  })
  .extend("serve", async ({ folder }, { onCleanup }) => {
    const keepers: Keeper[] = [];
    onCleanup(async () => {
      await Promise.all(keepers.map((keeper) => keeper.stop()));
    });
    return async (options: ServeOptions = {}): Promise<Served> => {
      const { host = new LocalProcessHost(), spares = noSpares, idleMs = 60_000 } = options;
      const onIdle = vi.fn();
      const onError = vi.fn();
      const socket = join(folder, `keeper${keepers.length}.sock`);
      const keeper = new Keeper({ socket, host, spares, idleMs, onIdle, onError });
      keepers.push(keeper);
      await keeper.start();
      return { keeper, socket, onIdle, onError };
    };
  });

/** What a worker asks for that wants little. */
export const request = { name: "test", memoryMiB: 16, vcpus: 1 };

export const sleep = (folder: string, argv: [string, ...string[]] = ["/bin/sleep", "1000"]) => ({
  name: "sleep",
  argv,
  logFile: join(folder, "log"),
});
