import { Door } from "../door/door.ts";
import type { Entry } from "../door/protocol.ts";
import { KeeperProcess } from "./keeper-process.ts";
import { BootProgress } from "./progress.ts";
import { Run } from "./runs.ts";

export interface StationOptions {
  /** The project's root: evidence is kept below it. */
  root: string;
  /** How long the keeper stays without anybody connected, in milliseconds. */
  idleMs: number;
  /** Tests will be run again, in watch mode. */
  isWatching: boolean;
}

/** The Vitest that a station is for at the moment. */
export interface Front {
  /** Writes one line for the user. */
  print: (line: string) => void;
  /** Calls `listener` when the run that goes on is cancelled, and forgets it when that has ended. */
  onCancel: (listener: () => void) => void;
}

/** What Vitest's main process holds: the door, and, from the first cluster on, the keeper and the run's folder. */
export class Station {
  readonly #options: StationOptions;
  readonly #progress: BootProgress;
  #front: Front;
  #door: Door | undefined;
  #keeper: Promise<KeeperProcess> | undefined;
  #run: Promise<Run> | undefined;

  private constructor(options: StationOptions, front: Front) {
    this.#options = options;
    this.#front = front;
    this.#progress = new BootProgress((line) => this.#front.print(line));
  }

  /** Opens the door; nothing else is started until somebody comes through it. */
  static async open(options: StationOptions, front: Front): Promise<Station> {
    const station = new Station(options, front);
    station.#door = await Door.open({
      enter: (cluster) => station.#enter(cluster),
      report: (event) => station.#progress.report(event),
    });
    return station;
  }

  /** The door's unix socket. */
  get socket(): string {
    if (!this.#door) throw new Error("the station is not open");
    return this.#door.socket;
  }

  /** Another Vitest takes the place of the one before: its configuration was edited. */
  handOver(front: Front): void {
    this.#front = front;
  }

  /** The next cluster belongs to a new run: tests are run again in watch mode. */
  beginRun(): void {
    this.#run = undefined;
    this.#progress.beginRun();
  }

  /** Closes the door and ends the keeper with everything that it owns. Idempotent. */
  async close(): Promise<void> {
    await this.#door?.close();
    this.#progress.close();
    const keeper = this.#keeper;
    this.#keeper = undefined;
    // One that did not start has told its worker why.
    await (await keeper?.catch(() => undefined))?.stop();
  }

  async #enter(cluster: string): Promise<Entry> {
    this.#run ??= this.#firstOfRun();
    const [keeper, run] = await Promise.all([this.#runningKeeper(), this.#run]);
    return { keeper: keeper.socket, traceFolder: run.clusterFolder(cluster) };
  }

  #firstOfRun(): Promise<Run> {
    this.#front.onCancel(() => this.#door?.cancel());
    return Run.begin(this.#options.root);
  }

  /** One that idled out, was killed or did not start is replaced. */
  #runningKeeper(): Promise<KeeperProcess> {
    if (this.#keeper) return this.#keeper;
    const { idleMs, isWatching } = this.#options;
    const keeper = KeeperProcess.start({ idleMs, isWatching, onError: (text) => this.#front.print(`keeper: ${text}`) });
    const forget = (): void => {
      if (this.#keeper === keeper) this.#keeper = undefined;
    };
    this.#keeper = keeper;
    keeper.then((started) => started.exited).then(forget, forget);
    return keeper;
  }
}
