import { join } from "node:path";

/** Everything that one machine has on the host, below its own folder; names are short because socket paths must be. */
export interface MachineFiles {
  readonly folder: string;
  /** The guest's memory. */
  readonly ram: string;
  /** The private copy-on-write layer over the image's disk. */
  readonly overlay: string;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly agentSocket: string;
  /** What QEMU itself prints. */
  readonly qemuLog: string;
}

export function machineFiles(folder: string): MachineFiles {
  return {
    folder,
    ram: join(folder, "ram"),
    overlay: join(folder, "disk.qcow2"),
    qmpSocket: join(folder, "qmp"),
    consoleSocket: join(folder, "console"),
    agentSocket: join(folder, "agent"),
    qemuLog: join(folder, "qemu.log"),
  };
}
