/** A part of a guest's time in which it ran. */
interface Run {
  /** Guest time at its beginning. */
  readonly from: number;
  /** The host's wall clock then. */
  readonly wall: number;
}

/** A look at the guest's clock. */
export interface ClockReading {
  /** The host's wall clock, in milliseconds since the epoch. */
  readonly wall: number;
  /** Guest time modulo {@link timerPeriodMs}, or undefined when it could not be read. */
  readonly guest: number | undefined;
  readonly isRunning: boolean;
}

/** The ACPI timer counts 24 bits at this rate, from 0 when the machine was made. */
const timerHz = 3_579_545;
export const timerPeriodMs: number = (2 ** 24 / timerHz) * 1000;

/** What the ACPI timer shows, as milliseconds of guest time modulo {@link timerPeriodMs}. */
export function timerMs(ticks: number): number {
  return (ticks / timerHz) * 1000;
}

/**
 * Tells the host's time of moments of a guest. Guest time here is counted from the first reading on, in milliseconds; it stands
 * still while the machine is stopped, and else goes on as the host's does. Pure.
 */
export class GuestClock {
  readonly #first: ClockReading;
  #runs: readonly [Run, ...Run[]];
  /** Guest time, while it stands still. */
  #stoppedAt: number | undefined;

  constructor(first: ClockReading) {
    this.#first = first;
    this.#runs = [{ from: 0, wall: first.wall }];
    this.#stoppedAt = first.isRunning ? undefined : 0;
  }

  stop(wall: number): void {
    this.#stoppedAt ??= this.guestTimeAt(wall);
  }

  resume(wall: number): void {
    if (this.#stoppedAt === undefined) return;
    this.#runs = [...this.#runs, { from: this.#stoppedAt, wall }];
    this.#stoppedAt = undefined;
  }

  wallAt(guestTime: number): number {
    const run = this.#runs.findLast(({ from }) => from <= guestTime) ?? this.#runs[0];
    return run.wall + guestTime - run.from;
  }

  guestTimeAt(wall: number): number {
    const run = this.#runs.findLast((one) => one.wall <= wall) ?? this.#runs[0];
    const end = this.#runs[this.#runs.indexOf(run) + 1]?.from ?? this.#stoppedAt ?? Infinity;
    return Math.min(end, run.from + wall - run.wall);
  }

  /**
   * What is to be taken from a recording's time stamps to get guest time. QEMU stamps packets with the guest's time since the
   * machine was made, plus the wall clock's whole seconds when the recording began.
   * @param seconds what those seconds can be: two, where a second ended meanwhile
   * @param sample a stamp, and roughly, to half a second, when it was written
   */
  stampOrigin(seconds: readonly number[], sample: { stamp: number; wall: number }): number {
    const rough = sample.stamp - this.guestTimeAt(sample.wall);
    const { guest } = this.#first;
    if (guest === undefined) return rough;
    const candidates = seconds.map((second) => {
      const least = second * 1000 + guest;
      return least + Math.round((rough - least) / timerPeriodMs) * timerPeriodMs;
    });
    return candidates.reduce((a, b) => (Math.abs(b - rough) < Math.abs(a - rough) ? b : a));
  }
}
