import { Deadline, MachinesError, type Lease } from "@vitest-machines/host";
import { machineFolder } from "../../layers/fork/machine-folder.ts";
import { watched } from "../../machine/conditions/watched.ts";
import { readContents } from "../../machine/contents/read-contents.ts";
import { createMachine } from "../../machine/create-machine.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Power } from "../../machine/power/power.ts";
import { stumblesOf } from "../../machine/stumbles/stumbles.ts";
import { admitMachine } from "../../network/vlan-switch.ts";
import { machineFiles } from "../../qemu/files.ts";
import { rootSerial } from "../../qemu/disks/plan.ts";
import type { NodeDeclaration } from "../../topology/declaration.ts";
import type { NodePlan } from "../../topology/plan.ts";
import { planCreated } from "../../topology/plan-created.ts";
import type { ClusterRun } from "../cluster-run.ts";
import { costOf } from "../cost.ts";
import { prepareImages } from "../prepare-images.ts";
import type { SetUp } from "../set-up.ts";

/** A machine that is made while its cluster runs. */
export interface CreatedMachineDeclaration extends NodeDeclaration {
  /** Its host name, which no other machine of the cluster has. */
  name: string;
  /**
   * Goes on with the disks of this machine of the cluster, which is off and stays off; they are as it has left them, and it
   * does not see what is written to them now. Image and extra disks are those of that machine, then.
   */
  disksOf?: Machine | undefined;
}

/** It is gone with its scope (`await using`), and with the cluster at the latest. */
export type CreatedMachine = Machine & AsyncDisposable;

interface Created {
  readonly machine: Machine;
  readonly power: Power;
  readonly node: NodePlan;
  readonly end: (why: string) => Promise<void>;
}

/** Machines that were added to a running cluster. Each has a lease of its own. */
export class CreatedMachines {
  readonly #run: ClusterRun;
  readonly #given: SetUp;
  readonly #all = new Map<string, Created>();
  /** Of machines that are gone. */
  #stumbles: MachinesError[] = [];
  #count = 0;
  /** Called before one comes, and throws why it cannot. */
  admit: (node: NodePlan) => void = () => undefined;
  /** Called when one has come or gone. */
  onChange: () => Promise<void> = () => Promise.resolve();

  constructor(run: ClusterRun, given: SetUp) {
    this.#run = run;
    this.#given = given;
  }

  get machines(): readonly Machine[] {
    return [...this.#all.values()].map(({ machine }) => machine);
  }

  get all(): readonly { readonly node: NodePlan; readonly power: Power }[] {
    return [...this.#all.values()];
  }

  /** The name of one that runs: nothing can be frozen beside it. */
  get running(): string | undefined {
    return [...this.#all].find(([, { power }]) => !["off", "down"].includes(power.phase))?.[0];
  }

  /** @throws DECLARATION_INVALID, HANDLE_MISUSE, IMAGE_BUILD_FAILED, BUDGET_IMPOSSIBLE, ABORTED while it waits for the budget */
  async create(declaration: CreatedMachineDeclaration, signal: AbortSignal | undefined): Promise<CreatedMachine> {
    const { name, disksOf, ...own } = declaration;
    const former = disksOf && this.#former(disksOf.name, own);
    const { plan } = this.#run.parts;
    const planned = planCreated(name, former ? { ...own, image: former.node.image } : own, {
      ...{ nodes: plan.nodes, vlans: plan.vlans, networks: plan.networks, dhcp: plan.dhcp },
      ...{ added: this.#count++, taken: [...this.#all.keys()] },
    });
    const node = former ? { ...planned, disks: former.node.disks, diskMiB: former.node.diskMiB } : planned;
    this.admit(node);
    const lease = await this.#lease(node, signal);
    try {
      return await this.#make(node, lease, former?.layerDisks ?? {}, signal);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /** What has gone wrong in them by itself since the last call. */
  async takeStumbles(): Promise<MachinesError[]> {
    const gone = this.#stumbles;
    this.#stumbles = [];
    return [...gone, ...(await stumblesIn(this.machines))];
  }

  /** Ends them all. @param why follows "it is down:" */
  async endAll(why: string): Promise<void> {
    await Promise.all([...this.#all.values()].map(({ end }) => end(why)));
  }

  async #make(
    node: NodePlan,
    lease: Lease,
    layerDisks: Readonly<Record<string, readonly string[]>>,
    signal: AbortSignal | undefined,
  ): Promise<CreatedMachine> {
    const { crew, conditions, recipe, trace, report } = this.#run.parts;
    const boot = (await prepareImages([node], report, { ...this.#given.options, signal })).get(node.image.key);
    const contents = node.contents && (await readContents(node, node.contents));
    const [first] = crew.values();
    if (!boot || !first) throw new Error(`the image of ${node.name} was not prepared`);
    const { bootTimeoutMs, waitTimeoutMs, incidents, beforeRun, dhcpHeard } = first.setting;
    const { switches } = this.#run.site;
    await admitMachine(switches, node, Deadline.never(signal));
    const stumbles = stumblesOf({ node, trace, report });
    const made = createMachine({
      ...{ node, boot, contents, stumbles, accelerator: recipe.accelerator },
      ...{ incidents, trace, report, bootTimeoutMs, waitTimeoutMs, beforeRun, dhcpHeard },
      seat: { lease, switches, folder: machineFolder(lease.folder, node.number, 0), layerDisks },
    });
    const end = async (why: string): Promise<void> => {
      this.#all.delete(node.name);
      this.#stumbles.push(...(await stumblesIn([made.machine])));
      made.power.close(why);
      made.end();
      await lease.release();
      // When it sends nothing any more: its port is as it was without faults.
      await this.onChange();
    };
    const machine = Object.assign(watched(made.machine, conditions), {
      [Symbol.asyncDispose]: () => end(`the scope of ${node.name} has ended`),
    });
    try {
      await made.openDoors();
      this.#all.set(node.name, { machine, power: made.power, node, end });
      await this.onChange();
    } catch (error) {
      this.#all.delete(node.name);
      made.end();
      throw error;
    }
    return machine;
  }

  #lease(node: NodePlan, signal: AbortSignal | undefined): Promise<Lease> {
    const { processHost, report } = this.#given;
    return processHost.lease({
      name: `${this.#run.parts.plan.name}, ${node.name}`,
      ...costOf({ nodes: [node] }),
      signal,
      onWait: (reason) => report({ type: "waiting", reason }),
      onNotice: (text) => report({ type: "notice", text }),
    });
  }

  /** The machine whose disks another one goes on with, and the files that they are made of, from the top down. */
  #former(
    name: string,
    own: NodeDeclaration,
  ): { node: NodePlan; layerDisks: Readonly<Record<string, readonly string[]>> } {
    const { crew } = this.#run.parts;
    const member = crew.get(name);
    const former = member ? { node: member.setting.node, power: member.power } : this.#all.get(name);
    if (!former) throw misuse(`the cluster has no machine ${name} whose disks another one could go on with`);
    if (own.image !== undefined || own.disk !== undefined || own.disks !== undefined) {
      throw misuse(`a machine with the disks of ${name} has its image and its disks, and can be given no others`);
    }
    const { node, power } = former;
    if (power.phase !== "down") {
      const why = power.phase === "off" ? "it never ran" : "it runs";
      throw misuse(
        `${name} has no disks that another machine can go on with: ${why}`,
        "Let it run, then shut it down.",
      );
    }
    const { folder, layerDisks } = power.seat;
    const serials = [rootSerial, ...node.disks.map(({ serial }) => serial)];
    const files = serials.map((serial) => [serial, [machineFiles(folder).disk(serial), ...(layerDisks[serial] ?? [])]]);
    return { node, layerDisks: Object.fromEntries(files) as Record<string, string[]> };
  }
}

/** What has gone wrong in machines, each of which is asked. */
export async function stumblesIn(machines: readonly Machine[]): Promise<MachinesError[]> {
  const all = await Promise.all(machines.map((machine) => machine.takeStumble()));
  return all.filter((stumble) => stumble !== undefined);
}

function misuse(summary: string, hint?: string): MachinesError {
  return new MachinesError("HANDLE_MISUSE", `${summary}.`, { hint });
}
