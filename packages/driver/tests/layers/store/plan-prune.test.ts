import { expect, test } from "vitest";
import { planPrune, type PruneGoal } from "../../../src/layers/store/plan-prune.ts";
import type { Surveyed } from "../../../src/layers/store/survey.ts";

const hour = 3600_000;
const now = new Date("2026-03-01T12:00:00Z");

function layer(key: string, hoursAgo: number, files: Record<string, number>, inUse = false): Surveyed {
  const lastUsedAt = new Date(now.getTime() - hoursAgo * hour);
  const rest = {
    folder: `/layers/${key}`,
    createdAt: lastUsedAt,
    cluster: undefined,
    machines: [],
    problem: undefined,
  };
  return { key, lastUsedAt, inUse, files: new Map(Object.entries(files)), ...rest };
}

function plan(layers: readonly Surveyed[], goal: Partial<PruneGoal>): string[] {
  const generous = { now, all: false, lackingBytes: 0, maxBytes: 1_000, maxAgeMs: 100 * hour };
  return planPrune(layers, { ...generous, ...goal }).map((doomed) => `${doomed.layer.key} ${doomed.reason}`);
}

const three = [layer("new", 1, { a: 300 }), layer("old", 50, { b: 300 }), layer("older", 60, { c: 300 })];

test("nothing goes while the limits hold", () => {
  expect(plan(three, {})).toEqual([]);
  expect(plan([], {})).toEqual([]);
  expect(plan(three, { maxBytes: 900, maxAgeMs: 60 * hour })).toEqual([]);
});

test("what was unused for too long goes, whatever room there is", () => {
  expect(plan(three, { maxAgeMs: 55 * hour })).toEqual(["older age"]);
});

test("the least recently used go until the size holds", () => {
  expect(plan(three, { maxBytes: 600 })).toEqual(["older size"]);
  expect(plan(three, { maxBytes: 599 })).toEqual(["older size", "old size"]);
  expect(plan(three, { maxBytes: 0 })).toEqual(["older size", "old size", "new size"]);
});

test("the least recently used go until the disk has what it lacks", () => {
  expect(plan(three, { lackingBytes: 1 })).toEqual(["older space"]);
  expect(plan(three, { lackingBytes: 301 })).toEqual(["older space", "old space"]);
  expect(plan(three, { lackingBytes: -1 })).toEqual([]);
});

test("none that is in use goes, and those beside it have to make up for it", () => {
  const layers = [layer("used", 99, { a: 600 }, true), layer("unused", 1, { b: 300 })];
  expect(plan(layers, { maxBytes: 700, maxAgeMs: 50 * hour })).toEqual(["unused size"]);
  expect(plan(layers, { all: true })).toEqual(["unused all"]);
});

test("a file that layers share counts once, and goes with the last of them", () => {
  const layers = [
    layer("one", 3, { a: 400, b: 100 }),
    layer("two", 2, { a: 400, c: 100 }),
    layer("three", 1, { d: 100 }),
  ];
  expect(plan(layers, { maxBytes: 700 })).toEqual([]);
  expect(plan(layers, { maxBytes: 650 })).toEqual(["one size"]);
  expect(plan(layers, { maxBytes: 599 })).toEqual(["one size", "two size"]);
  expect(plan(layers, { lackingBytes: 101 })).toEqual(["one space", "two space"]);
});
