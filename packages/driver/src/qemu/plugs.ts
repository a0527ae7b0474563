import type { Deadline } from "@vitest-machines/host";
import { readdir } from "node:fs/promises";
import type { NodePlan } from "../topology/plan.ts";
import { portOf } from "../topology/ports.ts";

const pollMs = 1;

/** A port of a switch. */
export interface Plug {
  /** The switch's. */
  readonly folder: string;
  readonly port: number;
}

/** Where a machine's cards are plugged in. Those on mirror ports are not: they are shown what others send. Pure. */
export function plugsOf(node: Pick<NodePlan, "number" | "interfaces">, switches: ReadonlyMap<number, string>): Plug[] {
  return node.interfaces.flatMap(({ vlan, mirror }, card) => {
    const folder = switches.get(vlan);
    return folder === undefined || mirror === true ? [] : [{ folder, port: portOf(node, card) }];
  });
}

/**
 * Waits until something is plugged into all of these ports.
 * @param gone rejects when nothing will be, because the process has ended
 * @returns false when the deadline expires before
 */
export function plugged(plugs: readonly Plug[], deadline: Deadline, gone: Promise<never>): Promise<boolean> {
  return until(plugs, (isPlugged) => plugs.every(isPlugged), deadline, gone);
}

/**
 * Waits until no switch takes these ports for plugged in any more.
 * @returns false when the deadline expires before
 */
export function unplugged(plugs: readonly Plug[], deadline: Deadline): Promise<boolean> {
  return until(plugs, (isPlugged) => !plugs.some(isPlugged), deadline);
}

async function until(
  plugs: readonly Plug[],
  isSo: (isPlugged: (plug: Plug) => boolean) => boolean,
  deadline: Deadline,
  gone?: Promise<never>,
): Promise<boolean> {
  const folders = foldersOf(plugs);
  for (;;) {
    const ports = new Map(await Promise.all(folders.map(async (folder) => [folder, await portsIn(folder)] as const)));
    if (isSo(({ folder, port }) => ports.get(folder)?.has(port) === true)) return true;
    if (deadline.expired) return false;
    await Promise.race([deadline.sleep(pollMs), ...(gone ? [gone] : [])]);
  }
}

/** A switch has a socket for each plug, named after port and descriptor, and removes it with the plug: vde2 2.3.2, datasock.c. */
async function portsIn(folder: string): Promise<Set<number>> {
  try {
    const names = await readdir(folder);
    return new Set(names.flatMap((name) => (/^\d{3,}\.\d+$/.test(name) ? [Number.parseInt(name)] : [])));
  } catch (error) {
    // The switch itself is gone.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Set();
    throw error;
  }
}

/** What plugs something in now, or waits to, by the folder of a switch. */
const last = new Map<string, Promise<void>>();

/**
 * Plugs something in, when nothing else is being plugged into the same switches by this process. A vde_switch that hears of
 * one plug, then of others, and of the first one's wishes after theirs, takes what one machine sends for another's, and
 * misses ends: `add_fd` and `remove_fd` of 2.3.2 leave wrong what `mainloop_set_private_data` goes by.
 * @param work settles when it is plugged in
 */
export async function plugIn<T>(plugs: readonly Plug[], work: () => Promise<T>): Promise<T> {
  const folders = foldersOf(plugs);
  const before = Promise.all(folders.map((folder) => last.get(folder) ?? Promise.resolve()));
  const done = before.then(work);
  const over = done.then(
    () => undefined,
    () => undefined,
  );
  for (const folder of folders) last.set(folder, over);
  try {
    return await done;
  } finally {
    for (const folder of folders) if (last.get(folder) === over) last.delete(folder);
  }
}

function foldersOf(plugs: readonly Plug[]): string[] {
  return [...new Set(plugs.map(({ folder }) => folder))];
}
