import { MachinesError, type Deadline } from "@vitest-machines/host";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentSession } from "../../agent/session.ts";
import { machineFolder } from "../../layers/fork/machine-folder.ts";
import { layerDisks, openFork, type OpenedFork, type Site } from "../../layers/fork/open-fork.ts";
import { repair } from "../../layers/fork/repair.ts";
import { layerFiles, type Frozen } from "../../layers/layer-facts.ts";
import { proveLinks } from "../../layers/links.ts";
import type { Spare } from "../../layers/pool/spare.ts";
import type { ForkBasis, ForkNode } from "../../layers/recipe.ts";
import { createLife } from "../../machine/power/bring-up.ts";
import type { Life } from "../../machine/power/life.ts";
import { machineFiles, type MachineFiles } from "../../qemu/files.ts";
import { gatePolicy } from "../../qemu/internet/gate-policy.ts";
import { gateName, tellGate } from "../../qemu/internet/start-gate.ts";
import { connectQemu, qemuName } from "../../qemu/qemu-process.ts";
import type { Crew } from "../crew.ts";

export interface ForkOrder {
  readonly crew: Crew;
  readonly recipe: ForkBasis;
  readonly layer: Frozen;
  readonly site: Site;
  /** Processes that are loaded already and only want to be woken up, on `site`. */
  readonly spare?: Spare | undefined;
  /** Ends the names of machines' folders, so that no two forks on a site share one. */
  readonly generation: number;
  /** Follows "it is down:" for whoever still waits for what ran before. */
  readonly why: string;
  readonly deadline: Deadline;
}

/**
 * Takes every machine of a cluster to the moment of a layer. Their handles stay, what ran before is cut off. Settles when
 * all are ready: clock and entropy are their own, and the links of the layer are proven.
 * @throws BOOT_FAILED, BOOT_TIMEOUT, FORK_FAILED, FREEZE_FAILED, AGENT_TIMEOUT, ABORTED
 */
export async function forkMembers(order: ForkOrder): Promise<void> {
  const { crew, recipe, layer, why, deadline } = order;
  const sessions = new Map<string, AgentSession>();
  // In a cluster that was kept, tests may have cut them.
  const links = order.spare?.kind === "kept" ? [] : layer.facts.links;
  const gate = createGate();
  const sessionOf = (name: string): AgentSession => {
    const session = sessions.get(name);
    if (!session) throw new Error(`${name} was not woken up`);
    return session;
  };
  const wake = async (node: ForkNode, life: Life): Promise<void> => {
    // Asked for before the machine runs: the greeting then waits in QEMU, and the agent finds it as its first event.
    const [session] = await Promise.all([life.session(deadline), life.guard(life.qemu.qmp.execute("cont"))]);
    // Before anything is under way that nobody would wait for.
    deadline.throwIfAborted();
    sessions.set(node.name, session);
    if (sessions.size === recipe.nodes.length) gate.settle(proveLinks(links, sessionOf, deadline));
    const repaired = deadline.race(repair(session, node, recipe.clock), () => late(node.name, deadline));
    await life.guard(Promise.all([repaired, gate.opened]));
  };
  // A spare's machines are plugged in. Others are not, while one that was cut off is still to be unplugged: switches mix that up.
  const former = order.spare ? [] : [...crew.values()].flatMap(({ power }) => power.life ?? []);
  const unplugged = Promise.all(former.map((life) => life.ended));
  const moves = recipe.nodes.map(async (node) => {
    const member = crew.get(node.name);
    if (!member) throw new Error(`the cluster has no machine ${node.name}`);
    const facts = layer.facts.nodes[node.name];
    if (facts) member.shell.assume(facts.shell);
    const { site } = order;
    const folder = folderOf(order, node);
    const seat = { lease: site.lease, switches: site.switches, folder, layerDisks: layerDisks(layer, node.name) };
    const printed = await readFile(join(layer.folder, layerFiles(node.number).console), "utf8");
    const load = async (onEnd: Parameters<typeof createLife>[3]): Promise<Life> => {
      await deadline.race(unplugged, () => late(node.name, deadline));
      const { qemu, files } = await open(order, node, folder);
      return createLife(member.setting, qemu, { files, switches: site.switches }, onEnd, printed);
    };
    await member.power.moveTo({ seat, load, wake: (life) => wake(node, life) }, why, deadline);
  });
  try {
    await Promise.all(moves);
  } catch (error) {
    // The others wait for a proof that never comes.
    gate.fail(error);
    await Promise.allSettled(moves);
    throw error;
  }
}

async function open(order: ForkOrder, node: ForkNode, folder: string): Promise<OpenedFork> {
  const { recipe, layer, site, spare, deadline } = order;
  if (spare === undefined) return openFork({ recipe, node, layer, site, folder, deadline });
  const process = spare.processes.get(qemuName(node.name));
  if (!process) throw new Error(`a spare has no machine ${node.name}`);
  const files = machineFiles(folder);
  await reopenGate(node, spare, files, deadline);
  return { files, qemu: await connectQemu(process, { files, node, memory: "private" }, deadline) };
}

/** A spare has the gate of a cluster of the same layer, which may have had other ports of the host in mind. */
async function reopenGate(node: ForkNode, spare: Spare, files: MachineFiles, deadline: Deadline): Promise<void> {
  const policy = node.userCard && gatePolicy(node.userCard);
  if (!policy) return;
  const gate = spare.processes.get(gateName(node.name));
  if (!gate) throw new Error(`a spare has no gate for ${node.name}`);
  await (await tellGate(gate, node.name, files, policy, deadline)).connected(deadline);
}

/** A spare's machines are where their maker has put them. */
function folderOf({ site, spare, generation }: ForkOrder, { number }: ForkNode): string {
  return machineFolder(site.lease.folder, number, spare?.generation ?? generation);
}

function late(machine: string, deadline: Deadline): MachinesError {
  const summary = `${machine} did not answer within ${Math.round(deadline.elapsed)} ms after it was forked.`;
  return new MachinesError("FORK_FAILED", summary, { machine });
}

interface Gate {
  readonly opened: Promise<void>;
  settle(outcome: Promise<void>): void;
  fail(error: unknown): void;
}

function createGate(): Gate {
  let settle: Gate["settle"] = () => undefined;
  let fail: Gate["fail"] = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  // Nobody waits for it any more when a machine fails before all are awake.
  opened.catch(() => undefined);
  return { opened, settle, fail };
}
