import type { Deadline } from "@vitest-machines/host";
import { startCrossbar } from "./crossbar.ts";
import { pluggedIn } from "./plugged-in.ts";
import type { SwitchWiring } from "./switch-wiring.ts";
import type { SwitchTables } from "./tables.ts";
import type { WantedLink, WantedSegment } from "./wanted.ts";
import type { WatchedProcess } from "./watched-process.ts";

/** The VLANs that keep groups of machines apart, and what joins some of them after all. */
export interface Partition {
  /** By group; that of group 0 is the one that is parted. */
  readonly vlans: readonly number[];
  /** Tells those apart that are not the same. */
  readonly shape: string;
  /** To be called when no port of a machine is on its VLANs any more. */
  end(deadline: Deadline): Promise<void>;
  /** Ends the processes alone. */
  abandon(): Promise<void>;
}

/** A VLAN in one piece. */
export function whole(home: number): Partition {
  return { vlans: [home], shape: "", end: () => Promise.resolve(), abandon: () => Promise.resolve() };
}

/** Makes ready what a partition takes; that is the former one when nothing about it has changed. */
export async function openPartition(
  wiring: SwitchWiring,
  before: Partition,
  { home, groups, passes }: WantedSegment,
  links: readonly WantedLink[],
  deadline: Deadline,
): Promise<Partition> {
  if (groups === 1) return before.shape === "" ? before : whole(home);
  const members = links.filter((link) => link.home === home);
  const shape = JSON.stringify([members.map(({ port, group }) => [port, group]), passes]);
  if (shape === before.shape) return before;
  const own = Array.from({ length: groups - 1 }, () => wiring.vlans.take());
  const vlans = [home, ...own];
  await wiring.command(
    own.map((vlan) => `vlan/create ${vlan}`),
    deadline,
  );
  const plugs = passes ? vlans.map(() => wiring.ports.take()) : [];
  let crossbar: WatchedProcess | undefined;
  const end = async (limit: Deadline): Promise<void> => {
    await crossbar?.end();
    await wiring.removePorts(plugs, limit);
    await wiring.command(
      own.map((vlan) => `vlan/remove ${vlan}`),
      limit,
    );
    for (const vlan of own) wiring.vlans.giveBack(vlan);
  };
  try {
    await wiring.createPorts(new Map(plugs.map((port, group) => [port, vlans[group] ?? home])), deadline);
    if (passes) {
      const { lease, folder, onLost } = wiring;
      crossbar = await startCrossbar(lease, { folder, plugs, passes }, onLost, deadline);
      const tables = (limit: Deadline): Promise<SwitchTables> => wiring.tables(limit);
      await pluggedIn(tables, plugs, "what joins the parts of a network", crossbar, deadline);
    }
  } catch (error) {
    await end(deadline);
    throw error;
  }
  return { vlans, shape, end, abandon: async () => crossbar?.end() };
}
