import { describe, expect, it } from "vitest";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { anImage } from "./an-image.ts";

const nodes = { a: { image: anImage() } };
const plan = (more: Record<string, unknown> = {}) => planCluster({ nodes, ...more });
const run = (): void => undefined;

describe("a plan", () => {
  it("has layers, the host's clock and nothing to prepare unless told otherwise", () => {
    expect(plan()).toMatchObject({ layers: true, clock: "host", prepare: undefined });
  });

  it("says what the declaration says", () => {
    const prepare = { key: "database", run };
    expect(plan({ layers: false, clock: "frozen", prepare })).toMatchObject({
      layers: false,
      clock: "frozen",
      prepare: { key: "database", run },
    });
    expect(plan({ layers: true }).layers).toBe(true);
  });

  it("limits how long preparing may take, when asked to", () => {
    const limited = (timeout: unknown) => plan({ prepare: { key: "k", run, timeout } }).prepare?.timeout;
    expect([limited(undefined), limited(1), limited(Infinity)]).toEqual([undefined, 1, Infinity]);
    for (const wrong of [0, -1, Number.NaN, "1 s"]) {
      expect(() => limited(wrong)).toThrow(/prepare\.timeout: .* is not a duration/);
    }
  });

  it("may have something to prepare without layers, which is then done after each boot", () => {
    expect(plan({ layers: false, prepare: { key: "k", run } })).toMatchObject({ layers: false, prepare: { key: "k" } });
  });

  it("has no layers where machines are started by hand, because nobody knows when all are ready", () => {
    expect(plan({ boot: "manual" }).layers).toBe(false);
    expect(plan({ boot: "manual", layers: false }).layers).toBe(false);
  });
});

describe("a declaration is refused", () => {
  it.each([
    [{ layers: "yes" }, 'layers: "yes" is neither true nor false.\nValid: true, false.'],
    [{ layers: null }, "layers: null is neither true nor false."],
    [{ layers: 0 }, "layers: 0 is neither true nor false."],
    [
      { boot: "manual", layers: true },
      'layers: true cannot be with boot: "manual": a cluster is frozen when all of its machines are ready.\n' +
        'Valid: false, or boot: "all".',
    ],
    [
      { boot: "manual", prepare: { key: "k", run } },
      'prepare: "…" cannot be with boot: "manual": it is run when all machines are ready.\n' +
        'Valid: no prepare, or boot: "all".',
    ],
    [{ clock: "local" }, 'clock: "local" is not a kind of clock.\nValid: "host", "frozen".'],
    [{ clock: 0 }, "clock: 0 is not a kind of clock."],
    [{ prepare: run }, "is not an object.\nValid: { key:"],
    [{ prepare: null }, "prepare: null is not an object."],
    [{ prepare: { run } }, "prepare.key: undefined is not a name for what is prepared."],
    [{ prepare: { key: "", run } }, 'prepare.key: "" is not a name for what is prepared.'],
    [{ prepare: { key: 1, run } }, "prepare.key: 1 is not a name for what is prepared."],
    [{ prepare: { key: "k" } }, "prepare.run: undefined is not a function."],
    [{ prepare: { key: "k", run: "touch /x" } }, 'prepare.run: "touch /x" is not a function.'],
    [{ prepare: { key: "k", run, nodes: ["a"] } }, 'prepare: "nodes" is not an option.\nValid: key, run, timeout.'],
  ])("for %o", (more, message) => {
    expect(() => plan(more)).toThrow(message);
    expect(() => plan(more)).toThrow("DECLARATION_INVALID: ");
  });
});
