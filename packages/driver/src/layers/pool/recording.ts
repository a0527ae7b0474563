import type { HostedProcess, Lease, SpawnRequest } from "@vitest-machines/host";

/** A lease that remembers by name what was started on it last. @param before what was started on it earlier */
export function recording(
  lease: Lease,
  before: ReadonlyMap<string, HostedProcess> = new Map(),
): { lease: Lease; processes: Map<string, HostedProcess> } {
  const processes = new Map(before);
  const spawn = async (request: SpawnRequest): Promise<HostedProcess> => {
    const process = await lease.spawn(request);
    processes.set(request.name, process);
    return process;
  };
  return { processes, lease: { folder: lease.folder, spawn, release: () => lease.release() } };
}
