import { join } from "node:path";

/** A machine's folder below its lease's; each fork on the lease has others. */
export function machineFolder(lease: string, number: number, generation: number): string {
  return join(lease, generation === 0 ? `n${number}` : `n${number}.${generation}`);
}
