import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, type BudgetEntry, type BudgetLimits } from "../../src/budget/admit.ts";

const limits: BudgetLimits = { memoryMiB: 1000, ceilingMiB: 2000, vcpus: 8 };

function entry(id: string, state: BudgetEntry["state"], memoryMiB: number, vcpus = 1): BudgetEntry {
  return { id, name: id, pid: 7, memoryMiB, vcpus, state };
}

const ask = (entries: readonly BudgetEntry[], memoryMiB: number, vcpus = 1): ReturnType<typeof admit> =>
  admit(entries, "me", { memoryMiB, vcpus }, limits);

describe("admit", () => {
  test("lets a cluster in when there is room", () => {
    expect(ask([entry("a", "running", 400)], 600)).toEqual({ verdict: "admitted" });
  });

  test("never promises memory twice, and names who holds it", () => {
    expect(ask([entry("a", "running", 401), entry("b", "running", 200)], 600)).toEqual({
      verdict: "wait",
      reason: 'waiting for 600 MiB (399 of 1000 free), held by "a" (pid 7, 401 MiB), "b" (pid 7, 200 MiB)',
    });
  });

  test("counts vCPUs as well", () => {
    expect(ask([entry("a", "running", 1, 7)], 1, 2)).toEqual({
      verdict: "wait",
      reason: 'waiting for 2 vCPUs (1 of 8 free), held by "a" (pid 7, 1 MiB)',
    });
  });

  test("serves in order of arrival: a small one does not overtake", () => {
    const entries = [entry("a", "running", 500), entry("big", "waiting", 900)];
    expect(ask(entries, 1)).toEqual({ verdict: "wait", reason: 'waiting behind "big" (pid 7, 900 MiB)' });
  });

  test("who waits is not behind itself, nor behind those that came later", () => {
    const entries = [entry("a", "running", 400), entry("me", "waiting", 600), entry("later", "waiting", 1)];
    expect(ask(entries, 600)).toEqual({ verdict: "admitted" });
  });

  test("a cluster larger than the budget runs alone, with a notice", () => {
    expect(ask([], 1500)).toEqual({
      verdict: "admitted",
      notice: "it needs 1500 MiB, more than the whole budget of 1000 MiB, so it runs alone",
    });
    expect(ask([], 1, 9)).toMatchObject({ verdict: "admitted", notice: expect.stringContaining("9 vCPUs") });
  });

  test("a cluster larger than the budget waits until it is alone", () => {
    expect(ask([entry("a", "running", 1)], 1500)).toMatchObject({
      verdict: "wait",
      reason: expect.stringContaining('waits to run alone, after "a"'),
    });
  });

  test("refuses only what memory cannot hold", () => {
    expect(ask([], 2000)).toMatchObject({ verdict: "admitted" });
    expect(ask([], 2001)).toEqual({ verdict: "impossible", reason: "it needs 2001 MiB and this host has 2000 MiB" });
  });
});

test("whatever comes and goes: memory is never overcommitted by two, nobody overtakes, and everybody gets in", () => {
  const wants = fc.array(
    fc.record({ memoryMiB: fc.integer({ min: 1, max: 2000 }), vcpus: fc.integer({ min: 1, max: 20 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(wants, fc.infiniteStream(fc.nat()), (requests, choices) => {
      let entries: BudgetEntry[] = requests.map((want, index) => ({ ...entry(String(index), "waiting", 0), ...want }));
      const admitted: number[] = [];
      while (entries.length > 0) {
        for (const { id } of entries.filter((each) => each.state === "waiting")) {
          const own = entries.find((each) => each.id === id);
          if (own && admit(entries, id, own, limits).verdict === "admitted") {
            admitted.push(Number(id));
            entries = entries.map((each) => (each.id === id ? { ...each, state: "running" } : each));
          }
        }
        const running = entries.filter((each) => each.state === "running");
        expect(running.length).toBeGreaterThan(0);
        if (running.length > 1) {
          expect(running.reduce((sum, each) => sum + each.memoryMiB, 0)).toBeLessThanOrEqual(limits.memoryMiB);
          expect(running.reduce((sum, each) => sum + each.vcpus, 0)).toBeLessThanOrEqual(limits.vcpus);
        }
        const leaving = running[(choices.next().value ?? 0) % running.length];
        entries = entries.filter((each) => each.id !== leaving?.id);
      }
      expect(admitted).toEqual(requests.map((_want, index) => index));
    }),
  );
});
