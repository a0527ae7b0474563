import type { HostedProcess, Lease, SpawnRequest } from "@vitest-machines/host";

export interface RecordingOptions {
  /** What was started on it earlier, by name. */
  readonly before?: ReadonlyMap<string, HostedProcess> | undefined;
  /** Is told of what is started from now on. */
  readonly onSpawn?: ((name: string, process: HostedProcess) => void) | undefined;
}

/** A lease that remembers by name what was started on it last. */
export function recording(
  lease: Lease,
  { before, onSpawn }: RecordingOptions = {},
): { lease: Lease; processes: Map<string, HostedProcess> } {
  const processes = new Map(before);
  const spawn = async (request: SpawnRequest): Promise<HostedProcess> => {
    const process = await lease.spawn(request);
    processes.set(request.name, process);
    onSpawn?.(request.name, process);
    return process;
  };
  return { processes, lease: { folder: lease.folder, spawn, release: () => lease.release() } };
}
