import {
  MachinesError,
  type ExitStatus,
  type HostedProcess,
  type Lease,
  type SpawnRequest,
} from "@vitest-machines/host";
import { readFile, rm } from "node:fs/promises";

/** A process of a network's wiring that is to run until it is ended. */
export interface WatchedProcess {
  readonly process: HostedProcess;
  /** Rejects with SWITCH_FAILED when it ends by itself; nobody has to listen. */
  readonly lost: Promise<never>;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

/**
 * @param onLost is told when it ends by itself
 * @param loss what that means for machines
 */
export async function startWatched(
  lease: Lease,
  request: SpawnRequest,
  onLost: (error: MachinesError) => void,
  loss?: string,
): Promise<WatchedProcess> {
  return watch(await lease.spawn(request), request, onLost, loss);
}

/** The same for one that runs already. */
export function watch(
  process: HostedProcess,
  request: Pick<SpawnRequest, "name" | "logFile">,
  onLost: (error: MachinesError) => void,
  loss = "what it connects is cut now",
): WatchedProcess {
  let isEnding = false;
  const lost = process.exited.then(async (status): Promise<never> => {
    const error = await endedError(request, loss, status);
    if (!isEnding) onLost(error);
    throw error;
  });
  lost.catch(() => undefined);
  const end = async (): Promise<void> => {
    isEnding = true;
    await process.kill("SIGKILL");
    await process.exited;
    await rm(request.logFile, { force: true });
  };
  return { process, lost, end };
}

async function endedError(
  { name, logFile }: Pick<SpawnRequest, "name" | "logFile">,
  loss: string,
  { exitCode, signal }: ExitStatus,
): Promise<MachinesError> {
  const said = (await readFile(logFile, "utf8").catch(() => "")).trim();
  const how = signal === null ? `ended with exit code ${exitCode ?? "unknown"}` : `was killed by ${signal}`;
  return new MachinesError("SWITCH_FAILED", `The ${name} ${how}; ${loss}.`, {
    facts: { exitCode, signal },
    evidence: said === "" ? [] : [`It says:\n${said}`],
  });
}
