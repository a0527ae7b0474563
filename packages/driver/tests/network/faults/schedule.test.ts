import { describe, expect, it } from "vitest";
import { fault } from "../../../src/network/faults/fault.ts";
import {
  faultsOf,
  scheduleOf,
  type ScheduledFault,
  type ScheduleOptions,
} from "../../../src/network/faults/schedule.ts";

const from = [fault.loss("10%"), fault.isolate("a"), fault.down()];
const some = (options: ScheduleOptions, count: number): ScheduledFault[] => {
  const all: ScheduledFault[] = [];
  for (const one of faultsOf(scheduleOf(options, "schedule"))) {
    all.push(one);
    if (all.length === count) break;
  }
  return all;
};

describe("a schedule", () => {
  it("follows from its seed and its options alone", () => {
    const options = { seed: 1, every: "2s", from } as const;
    expect(some(options, 50)).toEqual(some(options, 50));
    expect(some(options, 50)).not.toEqual(some({ ...options, seed: 2 }, 50));
    expect(some({ ...options, lasts: "500ms" }, 3).map(({ at, until }) => [at, until])).toEqual([
      [0, 500],
      [2000, 2500],
      [4000, 4500],
    ]);
  });

  it("gives the same faults as ever", () => {
    const drawn = some({ seed: 42, every: "1s", from }, 12).map((one) => from.indexOf(one.fault));
    expect(drawn.join("")).toBe("112201012102");
  });

  it("draws each with the same chance", () => {
    const drawn = some({ seed: 3, every: "1s", from }, 3000).map((one) => from.indexOf(one.fault));
    for (const index of [0, 1, 2]) {
      const share = drawn.filter((one) => one === index).length;
      // 1000 ± 4.4 standard deviations.
      expect(Math.abs(share - 1000)).toBeLessThan(114);
    }
  });

  it("has a seed of its own where it is given none", () => {
    const seeds = Array.from({ length: 20 }, () => scheduleOf({ every: "1s", from }, "schedule").seed);
    expect(new Set(seeds).size).toBeGreaterThan(1);
  });

  it.each<[object, string]>([
    [{ every: 5, from }, "schedule.every: 5 is not a time"],
    [{ every: "0ms", from }, 'schedule.every: "0ms" is too short'],
    [{ every: "1s", lasts: "2s", from }, 'schedule.lasts: "2s" is not a time up to 1 s'],
    [{ every: "1s", from: [] }, "is nothing to draw from"],
    [{ every: "1s", from: [from[0], "loss"] }, 'schedule.from[1]: "loss" is no fault'],
    [[], "schedule: [] is no schedule of faults"],
    [{ every: "1s", from, seed: -1 }, "schedule.seed: -1 is no seed"],
    [{ every: "1s", from, seeds: 1 }, '"seeds" is not an option'],
  ])("%j is refused", (options, message) => {
    expect(() => scheduleOf(options as ScheduleOptions, "schedule")).toThrow(message);
  });
});
