import { once } from "node:events";
import { Deadline, MachinesError, type HostedProcess, type Lease } from "@vitest-machines/host";
import { connectAgent } from "../../agent/connect.ts";
import type { AgentSession } from "../../agent/session.ts";
import { startNetwork } from "../../network/vlan-network.ts";
import { describeExit } from "../../qemu/describe-exit.ts";
import { machineFolder } from "../fork/machine-folder.ts";
import { openFork, type Site } from "../fork/open-fork.ts";
import { repair } from "../fork/repair.ts";
import type { Frozen } from "../layer-facts.ts";
import { proveLinks } from "../links.ts";
import type { ForkNode, ForkRecipe } from "../recipe.ts";
import { recording } from "./recording.ts";
import type { Spare } from "./spare.ts";

/** A fork takes a fraction of a second; one that hangs is no use ahead of time either. */
const limitMs = 60_000;
/** How long the end of a process may take to be known, in milliseconds. */
const endMs = 1_000;

/** How a spare is to be made. */
export interface SpareOrder {
  readonly recipe: ForkRecipe;
  readonly layer: Frozen;
  readonly lease: Lease;
  /** Somebody waits for it: what only makes its first use faster is left to that use. */
  readonly isAwaited: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Makes a fork on a lease, lets it do once what its user will do first, so that the emulator has translated that, and
 * stops it. Nobody is connected to it afterwards.
 * @throws what a fork throws; the lease is the caller's to release
 */
export async function makeSpare(order: SpareOrder): Promise<Spare> {
  // What waits for a machine to answer would wait in vain for one that has ended.
  const lost = new AbortController();
  const loseWith = async (name: string, process: HostedProcess): Promise<void> => {
    const summary = `a fork made ahead of time was lost: its ${name} ${describeExit(await process.exited)}`;
    lost.abort(new MachinesError("FORK_FAILED", summary));
  };
  const onSpawn = (name: string, process: HostedProcess): void => void loseWith(name, process);
  const { lease: recorded, processes } = recording(order.lease, { onSpawn });
  try {
    await wakeUpAll(order, recorded, Deadline.after(limitMs, AbortSignal.any([order.signal, lost.signal])));
  } catch (error) {
    // Sockets break a moment before the end of their process is known, and are only a symptom of it.
    if (!order.signal.aborted && !lost.signal.aborted) {
      await Promise.race([once(lost.signal, "abort"), Deadline.never().sleep(endMs)]);
    }
    throw lost.signal.aborted && !order.signal.aborted ? (lost.signal.reason as Error) : error;
  }
  return { kind: "fork", lease: order.lease, processes, generation: 0 };
}

async function wakeUpAll({ recipe, layer, isAwaited }: SpareOrder, lease: Lease, deadline: Deadline): Promise<void> {
  const site = { lease, switches: await startNetworks(recipe, lease, deadline) };
  const open = await Promise.all(recipe.nodes.map((node) => wakeUp(recipe, node, layer, site, deadline)));
  const sessions = new Map(open.map(({ node, session }) => [node.name, session]));
  await proveLinks(layer.facts.links, (name) => sessions.get(name) as AgentSession, deadline);
  await Promise.all(
    open.map(async ({ node, qemu, session }) => {
      if (!isAwaited()) await exercise(session, node, layer.facts.nodes[node.name]?.shell ?? "sh");
      await qemu.qmp.execute("stop");
      session.close();
      qemu.qmp.close();
      qemu.console.destroy();
    }),
  );
}

async function wakeUp(
  recipe: ForkRecipe,
  node: ForkNode,
  layer: Frozen,
  site: Site,
  deadline: Deadline,
): Promise<{ node: ForkNode; session: AgentSession } & Pick<Awaited<ReturnType<typeof openFork>>, "qemu">> {
  const folder = machineFolder(site.lease.folder, node.number, 0);
  const { qemu, files } = await openFork({ recipe, node, layer, site, folder, deadline });
  // What it prints now has been printed by the layer, or will be by whoever takes it.
  qemu.console.resume();
  await qemu.qmp.execute("cont");
  const session = await connectAgent(files.agentSocket, { deadline });
  await repair(session, node, recipe.clock);
  return { node, qemu, session };
}

async function startNetworks(recipe: ForkRecipe, lease: Lease, deadline: Deadline): Promise<Map<number, string>> {
  const { cluster, vlans, nodes, dhcp } = recipe;
  const started = await Promise.all(vlans.map((vlan) => startNetwork(lease, { vlan, cluster, nodes, dhcp, deadline })));
  return new Map(started.map(({ vlan, folder }) => [vlan, folder]));
}

/**
 * Its outcome tells nothing: what was so when the machine was ready may have been changed by what was prepared since. That it ran
 * is what counts.
 */
async function exercise(session: AgentSession, { env, exercise = "true" }: ForkNode, shell: string): Promise<void> {
  const running = session.exec({ argv: [shell === "bash" ? "bash" : "sh", "-c", `set -eu; ${exercise}`], env });
  running.stdin.end();
  running.stdout.resume();
  running.stderr.resume();
  await running.exit;
}
