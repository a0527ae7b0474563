import { expect, test, vi } from "vitest";
import type { BudgetLimits } from "../../src/budget/admit.ts";
import type { LedgerEntry } from "../../src/budget/ledger.ts";
import { takeTurn } from "../../src/budget/take-turn.ts";
import { ownIdentity } from "../../src/processes/identity.ts";

const limits: BudgetLimits = { memoryMiB: 100, ceilingMiB: 200, vcpus: 8 };
const entry = (id: string, memoryMiB: number): LedgerEntry => ({
  id,
  name: id,
  pid: process.pid,
  owner: ownIdentity(),
  memoryMiB,
  vcpus: 1,
  state: "waiting",
});
const same = (value: BudgetLimits): BudgetLimits => value;

test("measures the host only while nothing of ours runs, because running machines are on the ledger already", () => {
  const measure = vi.fn(() => limits);
  const first = takeTurn({ entries: [] }, entry("a", 60), measure, same);
  const second = takeTurn(first.state, entry("b", 60), measure, same);
  expect(measure).toHaveBeenCalledOnce();
  expect([first.result.verdict, second.result.verdict]).toEqual(["admitted", "wait"]);
  expect(second.state.entries.map(({ id, state }) => [id, state])).toEqual([
    ["a", "running"],
    ["b", "waiting"],
  ]);
});

test("an override counts for the decision and is not remembered for others", () => {
  const { state, result } = takeTurn(
    { entries: [] },
    entry("a", 60),
    () => limits,
    (all) => ({ ...all, memoryMiB: 10 }),
  );
  expect(result).toMatchObject({ notice: expect.stringContaining("budget of 10 MiB") });
  expect(state.limits).toEqual(limits);
});

test("asking again keeps the place in the queue", () => {
  const waiting = {
    entries: [{ ...entry("a", 90), state: "running" as const }, entry("b", 60), entry("c", 5)],
    limits,
  };
  const { state } = takeTurn(waiting, entry("b", 60), () => limits, same);
  expect(state.entries.map(({ id }) => id)).toEqual(["a", "b", "c"]);
});
