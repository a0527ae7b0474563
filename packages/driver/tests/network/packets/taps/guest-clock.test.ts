import { describe, expect, it } from "vitest";
import { GuestClock, timerMs, timerPeriodMs } from "../../../../src/network/packets/taps/guest-clock.ts";

const running = (wall: number, guest?: number) => new GuestClock({ wall, guest, isRunning: true });

describe("the clock of a guest", () => {
  it("goes as the host's does", () => {
    const clock = running(1_000_000);
    expect(clock.wallAt(250)).toBe(1_000_250);
    expect(clock.guestTimeAt(1_000_250)).toBe(250);
  });

  it("stands still while the machine is stopped", () => {
    const clock = running(1_000);
    clock.stop(1_100);
    clock.resume(5_000);
    clock.stop(5_010);
    clock.resume(9_000);
    expect([99, 100, 105, 110, 130].map((time) => clock.wallAt(time))).toEqual([1_099, 5_000, 5_005, 9_000, 9_020]);
    expect([1_050, 3_000, 5_005, 7_000, 9_001].map((wall) => clock.guestTimeAt(wall))).toEqual([
      50, 100, 105, 110, 111,
    ]);
  });

  it("begins with the first run of a machine that was stopped when it was looked at", () => {
    const clock = new GuestClock({ wall: 1_000, guest: 0, isRunning: false });
    expect(clock.guestTimeAt(1_500)).toBe(0);
    clock.resume(2_000);
    expect(clock.wallAt(10)).toBe(2_010);
  });

  it("takes what it has heard already for nothing new", () => {
    const clock = running(1_000);
    clock.resume(1_100);
    clock.stop(1_200);
    clock.stop(1_300);
    clock.resume(2_000);
    expect(clock.wallAt(201)).toBe(2_001);
  });
});

describe("the stamps of a recording", () => {
  /** Looked at when the guest was so many milliseconds old, and recorded from the 500th second of the epoch on. */
  const stamped = (age: number, seconds: readonly number[]) => {
    const clock = running(500_400, age % timerPeriodMs);
    // A packet that was sent 80 ms after the look, whose file says so up to 4 ms late.
    return { clock, origin: clock.stampOrigin(seconds, { stamp: 500_000 + age + 80, wall: 500_484 }) };
  };

  it.each([0, 12, 4_686, 4_688, 100_000, 86_400_000])("are understood of a guest that is %d ms old", (age) => {
    const { clock, origin } = stamped(age, [500]);
    expect(clock.wallAt(500_000 + age + 80 - origin)).toBeCloseTo(500_480, 6);
  });

  it("are understood where a second ended while the recording began", () => {
    const { clock, origin } = stamped(77_777, [499, 500]);
    expect(clock.wallAt(500_000 + 77_777 + 80 - origin)).toBeCloseTo(500_480, 6);
  });

  it("are as exact as the file's time where the guest's timer cannot be read", () => {
    const clock = running(500_400);
    const origin = clock.stampOrigin([500], { stamp: 512_345, wall: 500_484 });
    expect(clock.wallAt(512_345 - origin)).toBe(500_484);
  });

  it("come from a timer of 24 bits", () => {
    expect(timerMs(3_579_545)).toBe(1000);
    expect(timerPeriodMs).toBeCloseTo(4_686.97, 2);
  });
});
