/**
 * The keeper's program. Forked, detached, from Vitest's main process, it owns every child process: a Vitest that is
 * interrupted exits within milliseconds without running any hook, and its workers never outlive a run.
 */
import { createRunFolder, LocalProcessHost, startJanitor, sweepRunFolders } from "@vitest-machines/host";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Keeper } from "./keeper.ts";
import { LazySpares } from "./lazy-spares.ts";
import { ignoreSignals, watchParent } from "./lifeline.ts";
import type { KeeperArguments, KeeperMessage } from "./protocol.ts";

/** Machines are killed, not shut down, so this is generous; past it the children's parent-death signal does the rest. */
const stopLimitMs = 5_000;

ignoreSignals();
const { idleMs, isWatching } = JSON.parse(process.argv[2] ?? "{}") as KeeperArguments;
const folder = createRunFolder("keeper");
const host = new LocalProcessHost();
const keeper = new Keeper({
  socket: join(folder, "keeper.sock"),
  host,
  spares: new LazySpares({ host, eager: isWatching, onError: report }),
  idleMs,
  onIdle: () => void exit(0),
  onError: report,
});

let exiting = false;
watchParent(() => void exit(0));
process.on("uncaughtException", (error) => {
  report(error);
  void exit(1);
});

// For a kill -9 of the keeper itself; leases have janitors of their own.
const janitor = startJanitor(folder);
try {
  await janitor;
  await keeper.start();
  tell({ kind: "ready", socket: join(folder, "keeper.sock") });
  await sweepRunFolders();
} catch (error) {
  tell({ kind: "failed", error: textOf(error) });
  await exit(1);
}

async function exit(code: number): Promise<void> {
  if (exiting) return;
  exiting = true;
  setTimeout(() => process.exit(1), stopLimitMs).unref();
  await keeper.stop();
  rmSync(folder, { recursive: true, force: true });
  // One that did not start has been reported, and has nothing to stand down from.
  await janitor.then((started) => started.standDown()).catch(() => undefined);
  process.exit(code);
}

function tell(message: KeeperMessage): void {
  if (process.connected) process.send?.(message);
}

/** Vitest prints it: a stream of our own would keep its terminal or pipe open after it has ended. */
function report(error: unknown): void {
  tell({ kind: "error", error: textOf(error) });
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
