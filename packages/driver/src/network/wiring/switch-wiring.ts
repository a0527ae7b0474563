import { MachinesError, type Deadline, type Lease } from "@vitest-machines/host";
import { firstFaultVlan, firstLinkPort, portCount } from "../../topology/ports.ts";
import { SwitchConsole } from "../switch-console.ts";
import { managementSocket } from "../vlan-switch.ts";
import { LinkFilters } from "./link-filters.ts";
import { Numbers } from "./numbers.ts";
import { openPartition, whole, type Partition } from "./partition.ts";
import { parseTables, type SwitchTables } from "./tables.ts";
import { isNothing, type Wanted, type WantedLink } from "./wanted.ts";

/** A switch knows VLANs below this one. */
const endOfVlans = 4094;

const pollMs = 1;
const exists = 17;
const inUse = 98;
/** Or nothing is plugged into it. */
const noSuchPort = 6;

/** One switch, and all that is put between its ports: filters of links, and VLANs that keep groups of machines apart. */
export class SwitchWiring {
  readonly lease: Lease;
  readonly folder: string;
  readonly onLost: (error: MachinesError) => void;
  readonly vlans: Numbers = new Numbers(firstFaultVlan, endOfVlans);
  readonly ports: Numbers = new Numbers(firstLinkPort, portCount);
  readonly #console: SwitchConsole;
  readonly #links = new Map<number, LinkFilters>();
  /** By the VLAN that they part. */
  readonly #partitions = new Map<number, Partition>();
  /** As they were wanted last. */
  #wanted: readonly WantedLink[] = [];

  /** @param folder the switch's */
  constructor(lease: Lease, folder: string, onLost: (error: MachinesError) => void) {
    this.lease = lease;
    this.folder = folder;
    this.onLost = onLost;
    this.#console = new SwitchConsole(managementSocket(folder));
  }

  /**
   * Makes the switch what is wanted. What is to work again does so first; what is to be there is ready before packets go through
   * it. When nothing is wanted the switch must say itself that nothing is left.
   * @throws SWITCH_FAILED, TOOL_MISSING, ABORTED
   */
  async apply(wanted: Wanted, deadline: Deadline): Promise<void> {
    const before = [...this.#partitions.values()];
    for (const segment of wanted.segments) {
      const former = this.#partitions.get(segment.home) ?? whole(segment.home);
      this.#partitions.set(segment.home, await openPartition(this, former, segment, wanted.links, deadline));
    }
    const homeOf = ({ home, group }: WantedLink): number => this.#partitions.get(home)?.vlans[group] ?? home;
    const filtered = wanted.links.filter((link) => link.in ?? link.out);
    for (const link of filtered) await this.#filtersOf(link.port).prepare(link, homeOf(link), deadline);
    // Ports of machines that are gone keep their VLANs until they are told otherwise.
    const former = this.#wanted.filter(({ port }) => !wanted.links.some((link) => link.port === port));
    const left = former.map((link) => ({ ...link, group: 0, in: undefined, out: undefined }));
    const moves = [...wanted.links, ...left].flatMap((link) => this.#filtersOf(link.port).moves(link, homeOf(link)));
    this.#wanted = wanted.links;
    await this.command(moves, deadline, [exists]);
    const idle = [...this.#links].filter(([port]) => !filtered.some((link) => link.port === port));
    await Promise.all(idle.map(([, filters]) => filters.end(deadline)));
    for (const [port] of idle) this.#links.delete(port);
    const now = new Set(this.#partitions.values());
    for (const partition of before) if (!now.has(partition)) await partition.end(deadline);
    if (isNothing(wanted)) await this.#verify(deadline);
  }

  /** Ends what was put into the switch, which nobody uses any more, or which is gone itself. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#links.values()].map((filters) => filters.abandon()));
    await Promise.all([...this.#partitions.values()].map((partition) => partition.abandon()));
    this.#links.clear();
    this.#partitions.clear();
    await this.#console.close();
  }

  command(commands: readonly string[], deadline: Deadline, tolerated: readonly number[] = []): Promise<string[]> {
    if (commands.length === 0) return Promise.resolve([]);
    return this.#console.command(commands, deadline, tolerated);
  }

  async tables(deadline: Deadline): Promise<SwitchTables> {
    const [text = ""] = await this.command(["vlan/allprint"], deadline);
    return parseTables(text);
  }

  /** Makes ports that nothing is plugged into yet, each on a VLAN. */
  async createPorts(ports: ReadonlyMap<number, number>, deadline: Deadline): Promise<void> {
    const commands = [...ports].flatMap(([port, vlan]) => [`port/create ${port}`, `port/setvlan ${port} ${vlan}`]);
    await this.command(commands, deadline, [exists]);
  }

  /** Removes ports, after what was plugged into them has ended: the switch hears of that a moment later. */
  async removePorts(ports: readonly number[], deadline: Deadline): Promise<void> {
    let left = ports;
    while (left.length > 0) {
      const commands = left.map((port) => `port/remove ${port}`);
      const answers = await this.command(commands, deadline, [inUse]);
      left = left.filter((_port, index) => answers[index] !== "");
      if (left.length === 0) break;
      if (deadline.expired) throw new MachinesError("SWITCH_FAILED", `ports ${left.join(", ")} stay in use`);
      await this.#unplug(left, deadline);
      await deadline.sleep(pollMs);
    }
    for (const port of ports) this.ports.giveBack(port);
  }

  /** Of several that end at once the switch may miss one, for good: it is told. */
  async #unplug(ports: readonly number[], deadline: Deadline): Promise<void> {
    const shown = await this.command(
      ports.map((port) => `port/print ${port}`),
      deadline,
      [noSuchPort],
    );
    const closing = ports.flatMap((port, index) =>
      [...(shown[index] ?? "").matchAll(/endpoint ID (\d+)/g)].map(([, id]) => `port/epclose ${port} ${Number(id)}`),
    );
    await this.command(closing, deadline, [noSuchPort]);
  }

  #filtersOf(port: number): LinkFilters {
    const filters = this.#links.get(port) ?? new LinkFilters(this, port);
    this.#links.set(port, filters);
    return filters;
  }

  async #verify(deadline: Deadline): Promise<void> {
    const { vlans, entries } = await this.tables(deadline);
    const left = [
      ...vlans.filter((vlan) => vlan >= firstFaultVlan).map((vlan) => `VLAN ${vlan}`),
      ...entries.filter(({ port }) => port >= firstLinkPort).map(({ port }) => `port ${port}`),
    ];
    if (left.length === 0) return;
    throw new MachinesError("SWITCH_FAILED", `the network is not as it was: its switch still has ${left.join(", ")}.`);
  }
}
