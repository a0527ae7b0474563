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
  /** What its gate to the internet listens on and prints. */
  readonly gate: GateFiles;
  /** What QEMU itself prints. */
  readonly qemuLog: string;
  /** The file of the disk with a serial. */
  readonly disk: (serial: string) => string;
}

/** A gate between a machine's card and the network that QEMU emulates. */
export interface GateFiles {
  /** For the card. */
  readonly near: string;
  /** For the network. */
  readonly far: string;
  /** For what it is told. */
  readonly control: string;
  readonly log: string;
}

export function machineFiles(folder: string): MachineFiles {
  return {
    folder,
    ram: join(folder, "ram"),
    qmpSocket: join(folder, "qmp"),
    consoleSocket: join(folder, "console"),
    agentSocket: join(folder, "agent"),
    copyDisk: join(folder, "copy"),
    gate: {
      near: join(folder, "near"),
      far: join(folder, "far"),
      control: join(folder, "gate"),
      log: join(folder, "gate.log"),
    },
    qemuLog: join(folder, "qemu.log"),
    disk: (serial) => join(folder, `${serial}.qcow2`),
  };
}
