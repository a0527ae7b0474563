import { digestOf } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import type { NodePlan, UserCard } from "../topology/plan.ts";
import { portOf } from "../topology/ports.ts";
import { acceleratorArguments, type Accelerator } from "./accelerator.ts";
import {
  agentPort,
  control,
  copyDisk,
  disk,
  entropy,
  gatedUserCard,
  generationId,
  memory,
  networkCard,
  serialConsole,
  userNetworkCard,
  type Socket,
} from "./devices.ts";
import type { DiskPlan } from "./disks/plan.ts";
import type { MachineFiles } from "./files.ts";
import { IdAllocator } from "./ids.ts";
import { gatePolicy } from "./internet/gate-policy.ts";

/** Everything that one machine's command line follows from. */
export interface QemuPlan {
  /** Absolute path of the QEMU program. */
  readonly program: string;
  readonly accelerator: Accelerator;
  readonly node: Pick<
    NodePlan,
    | "name"
    | "number"
    | "memoryMiB"
    | "cpus"
    | "kernelParams"
    | "interfaces"
    | "userCard"
    | "cpu"
    | "qemuArgs"
    | "contents"
  >;
  readonly boot: BootFiles;
  readonly files: MachineFiles;
  /** In the guest's order; their overlays exist. */
  readonly disks: readonly DiskPlan[];
  /** The folder of each VLAN's switch. */
  readonly switches: ReadonlyMap<number, string>;
  /** Waits for a saved state instead of booting. */
  readonly incoming?: Incoming | undefined;
}

/** Where the memory of a machine that goes on from a saved state comes from. */
export type Incoming =
  /** Another machine's memory file, of which it writes a private copy, page by page. */
  | { readonly memory: "file"; readonly ram: string }
  /** It arrives with the state, and goes to a file of its own. */
  | { readonly memory: "state"; readonly ram: string };

/** QEMU's command line for a plan. It waits until somebody listens to its console, and the machine starts stopped. Pure. */
export function commandLine(plan: QemuPlan): [string, ...string[]] {
  const { program, accelerator, node, boot, files, disks } = plan;
  const ids = new IdAllocator();
  const devices = [
    memoryOf(plan),
    control(files.qmpSocket),
    serialConsole(files.consoleSocket),
    agentPort(files.agentSocket),
    entropy(),
    generationId(),
    // Linux names disks and cards in the order of their slots: the image's disk is vda, the user-mode card eth0.
    ...disks.map(disk),
    // Behind them, so that they have the names that they had without it.
    copyDisk(files.copyDisk),
    ...(node.userCard === undefined ? [] : [userCardOf(plan, node.userCard)]),
    ...node.interfaces.map((card, index) => networkCard(card, socketOf(plan, index))),
  ];
  return [
    program,
    ...["-name", `${node.name},debug-threads=on`],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-smp", String(node.cpus)],
    ...acceleratorArguments(accelerator, node.memoryMiB),
    // QEMU takes the last one.
    ...(node.cpu === undefined ? [] : ["-cpu", node.cpu]),
    ...devices.flatMap((device) => device(ids)),
    ...["-kernel", boot.kernel],
    ...(boot.initrd === undefined ? [] : ["-initrd", boot.initrd]),
    ...["-append", kernelCommandLine(boot, node)],
    // A reset that nobody asked for, by a panic for example, ends the machine visibly instead of booting it again.
    ...["-action", "reboot=shutdown"],
    ...(node.qemuArgs ?? []),
    ...(plan.incoming === undefined ? [] : ["-incoming", "defer"]),
    "-S",
  ];
}

function userCardOf({ files, incoming }: QemuPlan, card: UserCard): ReturnType<typeof userNetworkCard> {
  if (gatePolicy(card) === undefined) return userNetworkCard(card);
  // It only passes a state on and never runs.
  return gatedUserCard(card, incoming?.memory === "state" ? undefined : files.gate);
}

function memoryOf({ node, files, incoming }: QemuPlan): ReturnType<typeof memory> {
  return memory(node.memoryMiB, incoming?.ram ?? files.ram, incoming?.memory === "file" ? "private" : "shared");
}

/** Later parameters win in Linux, so a node's own come last. */
function kernelCommandLine(boot: BootFiles, { name, contents, kernelParams: own }: QemuPlan["node"]): string {
  // panic=-1: reboot at once after a panic, which then ends the machine.
  const ours = ["console=ttyS0", "panic=-1"].filter((parameter) => !boot.kernelParams.includes(parameter));
  const id = boot.machineIdParam === undefined ? [] : [`${boot.machineIdParam}=${machineId(boot, name)}`];
  const hostname = boot.hostnameParam === undefined ? [] : [`${boot.hostnameParam}=${name}`];
  const waits = contents === undefined || boot.contents === undefined ? [] : [boot.contents.param];
  return [...ours, ...boot.kernelParams, ...id, ...hostname, ...waits, ...own].join(" ");
}

/** Each machine of a cluster has one of its own, and the same one each time, as a layer of it has. */
function machineId({ digest }: BootFiles, machine: string): string {
  return digestOf({ machine, digest }).slice(0, 32);
}

function socketOf({ switches, node, incoming }: QemuPlan, card: number): Socket | undefined {
  // It only passes a state on and never runs; on the switch it would announce an address that is another machine's.
  if (incoming?.memory === "state") return undefined;
  const vlan = node.interfaces[card]?.vlan;
  const sock = vlan === undefined ? undefined : switches.get(vlan);
  if (sock === undefined) throw new Error(`no switch was started for VLAN ${vlan} of ${node.name}`);
  return { sock, port: portOf(node, card) };
}
