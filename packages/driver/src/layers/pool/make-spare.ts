import { Deadline, type Lease } from "@vitest-machines/host";
import { connectAgent } from "../../agent/connect.ts";
import type { AgentSession } from "../../agent/session.ts";
import { startSwitch } from "../../network/vlan-switch.ts";
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
export async function makeSpare({ recipe, layer, lease, isAwaited, signal }: SpareOrder): Promise<Spare> {
  const deadline = Deadline.after(limitMs, signal);
  const { lease: recorded, processes } = recording(lease);
  const site = { lease: recorded, switches: await startSwitches(recipe, recorded, deadline) };
  const open = await Promise.all(recipe.nodes.map((node) => wakeUp(recipe, node, layer, site, deadline)));
  const sessions = new Map(open.map(({ name, session }) => [name, session]));
  await proveLinks(layer.facts.links, (name) => sessions.get(name) as AgentSession, deadline);
  await Promise.all(
    open.map(async ({ name, qemu, session }) => {
      if (!isAwaited()) await runOnce(session, layer.facts.nodes[name]?.shell ?? "sh");
      await qemu.qmp.execute("stop");
      session.close();
      qemu.qmp.close();
      qemu.console.destroy();
    }),
  );
  return { kind: "fork", lease, processes, generation: 0 };
}

async function wakeUp(
  recipe: ForkRecipe,
  node: ForkNode,
  layer: Frozen,
  site: Site,
  deadline: Deadline,
): Promise<{ name: string; session: AgentSession } & Pick<Awaited<ReturnType<typeof openFork>>, "qemu">> {
  const folder = machineFolder(site.lease.folder, node.number, 0);
  const { qemu, files } = await openFork({ recipe, node, layer, site, folder, deadline });
  // What it prints now has been printed by the layer, or will be by whoever takes it.
  qemu.console.resume();
  await qemu.qmp.execute("cont");
  const session = await connectAgent(files.agentSocket, { deadline });
  await repair(session, node, recipe.clock);
  return { name: node.name, qemu, session };
}

async function startSwitches(recipe: ForkRecipe, lease: Lease, deadline: Deadline): Promise<Map<number, string>> {
  const started = await Promise.all(
    recipe.vlans.map((vlan) => {
      const machines = recipe.nodes.filter(({ interfaces }) => interfaces.some((one) => one.vlan === vlan)).length;
      return startSwitch(lease, { vlan, cluster: recipe.cluster, machines, deadline });
    }),
  );
  return new Map(started.map(({ vlan, folder }) => [vlan, folder]));
}

async function runOnce(session: AgentSession, shell: string): Promise<void> {
  const running = session.exec({ argv: [shell === "bash" ? "bash" : "sh", "-c", "set -eu; true"] });
  running.stdin.end();
  running.stdout.resume();
  running.stderr.resume();
  await running.exit;
}
