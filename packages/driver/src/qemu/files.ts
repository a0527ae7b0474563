import { join } from "node:path";

/** Everything that one machine has on the host, below its own folder; names are short because socket paths must be. */
export interface MachineFiles {
  readonly folder: string;
  /** The guest's memory. */
  readonly ram: string;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly agentSocket: string;
  /** The disk that large files are copied over. */
  readonly copyDisk: string;
  /** What QEMU itself prints. */
  readonly qemuLog: string;
  /** The file of the disk with a serial. */
  readonly disk: (serial: string) => string;
}

export function machineFiles(folder: string): MachineFiles {
  return {
    folder,
    ram: join(folder, "ram"),
    qmpSocket: join(folder, "qmp"),
    consoleSocket: join(folder, "console"),
    agentSocket: join(folder, "agent"),
    copyDisk: join(folder, "copy"),
    qemuLog: join(folder, "qemu.log"),
    disk: (serial) => join(folder, `${serial}.qcow2`),
  };
}
