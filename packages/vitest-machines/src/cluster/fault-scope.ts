import { describeFault, type Cluster, type ScheduleOptions } from "@vitest-machines/driver";

type Mark = ReturnType<Cluster["network"]["mark"]>;

/** Takes back at the end of a test what went wrong on purpose in it. Of tests that run at once, the last one does. */
export class FaultScope {
  readonly #cluster: () => Cluster | undefined;
  #running = 0;
  #mark: Mark | undefined;
  #seen: readonly string[] = [];

  constructor(cluster: () => Cluster | undefined) {
    this.#cluster = cluster;
  }

  /** What is wrong, in words, or was when the last test ended: Vitest tells of a failure before that. */
  get seen(): readonly string[] {
    return this.#running > 0 ? this.#present() : this.#seen;
  }

  begin(): void {
    this.#seen = [];
    if (this.#running++ === 0) this.#mark = this.#cluster()?.network.mark();
  }

  /** Begins what the suite wants every test to live with. */
  async unleash(schedule: ScheduleOptions): Promise<void> {
    await this.#cluster()?.network.schedule(schedule);
  }

  /** @throws SWITCH_FAILED when the network is not as it was */
  async end(): Promise<void> {
    const network = this.#cluster()?.network;
    this.#seen = this.#present();
    if (--this.#running > 0 || !network || !this.#mark) return;
    await network.rewind(this.#mark);
  }

  #present(): readonly string[] {
    const network = this.#cluster()?.network;
    const schedules = network?.schedules.flatMap((schedule) => schedule.describe()) ?? [];
    return [...(network?.faults.map(describeFault) ?? []), ...schedules];
  }
}
