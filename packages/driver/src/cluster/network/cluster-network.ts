import type { MachinesError } from "@vitest-machines/host";
import type { VerbOptions } from "../../machine/options.ts";
import type { Capture, PacketQuery } from "../../network/packets/capture.ts";
import type { Captures } from "../../network/packets/captures.ts";
import type { Packet } from "../../network/packets/packet.ts";
import type { CaptureOptions } from "../../topology/capture/capture.ts";
import type { Power } from "../../machine/power/power.ts";
import type { Fault, MachineRef } from "../../network/faults/fault.ts";
import type { ScheduleOptions } from "../../network/faults/schedule.ts";
import type { NodePlan } from "../../topology/plan.ts";
import type { ClusterRun } from "../cluster-run.ts";
import type { CreatedMachines } from "../created/created-machines.ts";
import { checkFault, checkNewcomer, checkSchedule, findMember } from "./check-fault.ts";
import { FaultBoard, type ActiveFault, type FaultMark } from "./fault-board.ts";
import { FaultSchedule } from "./fault-schedule.ts";
import { cardsOf, findCard } from "./find-card.ts";
import { Link } from "./link.ts";
import { Realizer, type Present } from "./realizer.ts";

/** A fault that was injected; it is healed at the end of its scope (`await using`). */
export interface InjectedFault extends AsyncDisposable {
  readonly fault: Fault;
  /** Takes the fault back. Idempotent. @throws SWITCH_FAILED */
  heal(): Promise<void>;
}

/** What was wrong at some moment, and would go wrong later. */
export interface NetworkMark extends FaultMark {
  readonly schedules: ReadonlySet<FaultSchedule>;
}

/** The networks of a started cluster, and what is wrong with them on purpose. */
export class ClusterNetwork<Name extends string = string> {
  readonly #run: ClusterRun;
  readonly #created: CreatedMachines;
  readonly #captures: Captures;
  readonly #board: FaultBoard;
  readonly #realizer: Realizer;
  readonly #schedules = new Set<FaultSchedule>();
  #count = 0;

  /** @param onLost is told of what carries out faults and ends by itself */
  constructor(run: ClusterRun, created: CreatedMachines, captures: Captures, onLost: (error: MachinesError) => void) {
    this.#captures = captures;
    this.#run = run;
    this.#created = created;
    this.#realizer = new Realizer(() => this.#present(), onLost);
    this.#board = new FaultBoard((faults) => this.#realizer.realize(faults));
  }

  /**
   * The connection of a machine to a network, by the network's name or number, or by the name of the machine's card. A
   * machine that has one card needs neither.
   * @throws DECLARATION_INVALID, HANDLE_MISUSE
   */
  link(machine: MachineRef<Name>, network?: string | number): Link {
    const { node } = findMember(this.#members(), machine);
    return new Link(findCard(node, network, this.#run.parts.plan.networks), this.#board);
  }

  /**
   * Records what machines send and get, from now on, until the end of its scope (`await using`), `stop()`, or the end of the test.
   * @throws DECLARATION_INVALID, CAPTURE_FAILED, ABORTED
   */
  capture(options: CaptureOptions & { signal?: AbortSignal | undefined } = {}): Promise<Capture> {
    return this.#captures.capture(options);
  }

  /**
   * The packets that come from the beginning of the loop on, until it is left: what {@link capture} gives to somebody who looks at
   * them as they come. Each that was sent is there once unless the filter says more.
   * @throws DECLARATION_INVALID at once; WAIT_TIMEOUT, ABORTED, CAPTURE_FAILED in the loop
   */
  packets(query: PacketQuery = {}): AsyncGenerator<Packet, void, undefined> {
    return this.#captures.packets(query);
  }

  /**
   * Brings a fault about. It ends with its scope (`await using`), by its own `heal()`, by that of the network, and with the test.
   * Where two faults say the same of a link the later one counts, and the former again when that has ended.
   * @throws DECLARATION_INVALID for one that fits no link; TOOL_MISSING, SWITCH_FAILED, ABORTED
   */
  async inject(fault: Fault, options: VerbOptions = {}): Promise<InjectedFault> {
    checkFault(fault, this.#members(), this.#run.parts.plan, "fault");
    const id = `fault ${++this.#count}`;
    await this.#board.change((before) => [...before, { id, fault }], options);
    const heal = (): Promise<void> => this.#board.change((before) => before.filter((one) => one.id !== id));
    return { fault, heal, [Symbol.asyncDispose]: heal };
  }

  /**
   * Lets random faults come and go, one after the other, until the end of its scope (`await using`), `stop()`, a `heal()` of the
   * network, or the end of the test.
   * @throws DECLARATION_INVALID
   */
  async schedule(options: ScheduleOptions): Promise<FaultSchedule> {
    const schedule = checkSchedule(options, "schedule", this.#run.parts.plan, this.#members());
    const started = new FaultSchedule(
      schedule,
      (fault) => this.inject(fault),
      (stopped) => {
        this.#schedules.delete(stopped);
      },
    );
    this.#schedules.add(started);
    return Promise.resolve(started);
  }

  /** Ends every fault and schedule, and looks whether the switches are as they were at first. @throws SWITCH_FAILED, ABORTED */
  async heal(options: VerbOptions = {}): Promise<void> {
    await this.#stopSchedules();
    await this.#board.change(() => [], options);
  }

  /** What is wrong now, the earliest first. */
  get faults(): readonly Fault[] {
    return this.#board.active.map(({ fault }) => fault);
  }

  /** Schedules that go on, or failed. */
  get schedules(): readonly FaultSchedule[] {
    return [...this.#schedules];
  }

  /** What is wrong now, to come back to. */
  mark(): NetworkMark {
    return { ...this.#board.mark(), schedules: new Set(this.#schedules) };
  }

  /** Makes wrong what was wrong at `mark`, and nothing else. @throws SWITCH_FAILED */
  async rewind(mark: NetworkMark): Promise<void> {
    await this.#stopSchedules(mark.schedules);
    await this.#board.rewind(mark);
  }

  /** The machines go on elsewhere, or at another moment, with these faults. @throws SWITCH_FAILED */
  async moveTo(active: readonly ActiveFault[]): Promise<void> {
    await this.#stopSchedules();
    await this.#board.moveTo(active);
  }

  async #stopSchedules(except: ReadonlySet<FaultSchedule> = new Set()): Promise<void> {
    const ending = [...this.#schedules].filter((one) => !except.has(one));
    await Promise.all(ending.map((one) => one.stop()));
  }

  /** Its cluster is stopped: no fault is begun any more. */
  async end(): Promise<void> {
    await this.#stopSchedules();
  }

  /** Whether a machine that comes can have what is wrong now. @throws DECLARATION_INVALID */
  admit(node: NodePlan): void {
    checkNewcomer(node, this.faults, this.#run.parts.plan.networks);
  }

  /** Machines have come or gone. @throws SWITCH_FAILED */
  refresh(): Promise<void> {
    return this.#board.refresh();
  }

  /** A switch has ended, or what carries out faults: only the former has a VLAN. */
  switchEnded({ facts: { vlan } }: MachinesError): void {
    if (typeof vlan === "number") this.#realizer.switchEnded(vlan);
  }

  #present(): Present {
    const { networks, dhcp = [] } = this.#run.parts.plan;
    const cards = this.#members().flatMap(({ node, power }) =>
      cardsOf(node, networks).map((card) => ({ card, power })),
    );
    return { site: this.#run.site, cards, served: dhcp.map(({ vlan }) => vlan) };
  }

  #members(): readonly { readonly node: NodePlan; readonly power: Power }[] {
    const crew = [...this.#run.parts.crew.values()].map(({ setting, power }) => ({ node: setting.node, power }));
    return [...crew, ...this.#created.all];
  }
}
