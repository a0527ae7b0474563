import type { Deadline } from "@vitest-machines/host";
import { readdir } from "node:fs/promises";
import { portOf } from "../topology/ports.ts";
import type { NodePlan } from "../topology/plan.ts";

const pollMs = 2;

/**
 * Waits until no switch takes a machine for plugged in any more, or the deadline expires: a vde_switch mixes up what is plugged
 * in while it notices that something else has gone.
 * @param switches the folder of each VLAN's
 */
export async function unplugged(
  switches: ReadonlyMap<number, string>,
  node: Pick<NodePlan, "number" | "interfaces">,
  deadline: Deadline,
): Promise<void> {
  const plugs = node.interfaces.flatMap(({ vlan }, index) => {
    const folder = switches.get(vlan);
    return folder === undefined ? [] : [{ folder, port: portOf(node, index) }];
  });
  while (!deadline.expired && (await areAny(plugs))) await deadline.sleep(pollMs);
}

async function areAny(plugs: readonly { readonly folder: string; readonly port: number }[]): Promise<boolean> {
  const folders = [...new Set(plugs.map(({ folder }) => folder))];
  const sockets = new Map(await Promise.all(folders.map(async (folder) => [folder, await socketsIn(folder)] as const)));
  return plugs.some(({ folder, port }) => sockets.get(folder)?.some((name) => portOfSocket(name) === port));
}

/** A switch has a socket for each plug, named after port and descriptor, and removes it with the plug: vde2 2.3.2, datasock.c. */
function portOfSocket(name: string): number | undefined {
  const [, port] = /^(\d{3,})\.\d+$/.exec(name) ?? [];
  return port === undefined ? undefined : Number(port);
}

async function socketsIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // The switch itself is gone.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
