import { describe, expect, it } from "vitest";
import { fault } from "../../../src/network/faults/fault.ts";
import { mergeImpairments, noSettings, settingsOf, type Impairments } from "../../../src/network/faults/impairments.ts";
import { filterCommands } from "../../../src/network/wiring/filter-settings.ts";

describe("what a link is told", () => {
  it.each<[Impairments, object]>([
    [{ delay: "50ms" }, { delayMs: 50 }],
    [
      { delay: "1.5s", jitter: "20ms", reorder: true },
      { delayMs: 1500, jitterMs: 20, reorder: true },
    ],
    [{ loss: "0.5%" }, { loss: 0.5 }],
    [
      { loss: "20%", burst: 4 },
      { loss: 20, burst: 4 },
    ],
    [
      { loss: "100%", burst: 1 },
      { loss: 100, burst: 1 },
    ],
    [
      { duplicate: "10%", corrupt: "1%" },
      { duplicate: 10, corrupt: 1 },
    ],
    [{ rate: "1mbit" }, { rate: 125_000 }],
    [
      { rate: "512kbit", mtu: 1400 },
      { rate: 64_000, mtu: 1400 },
    ],
    [{ rate: null, loss: undefined }, {}],
  ])("%j is understood", (impairments, expected) => {
    expect(settingsOf(impairments, "link")).toEqual({ ...noSettings, ...expected });
  });

  it.each<[object, string]>([
    [{ delay: 50 }, 'link.delay: 50 is not a time up to 60 s.\nValid: a text with its unit, such as "50ms"'],
    [{ delay: "50" }, 'link.delay: "50" is not a time'],
    [{ delay: "61s" }, 'link.delay: "61s" is not a time up to 60 s'],
    [{ delay: "-1ms" }, 'link.delay: "-1ms" is not a time'],
    [{ loss: 0.1 }, 'link.loss: 0.1 is not a share up to 100 %.\nValid: a text such as "10%"'],
    [{ loss: "101%" }, "link.loss"],
    [{ duplicate: "91%" }, "up to 90 %"],
    [{ corrupt: "51%" }, "up to 50 %"],
    [{ rate: "1mbps" }, "is not a rate from 8kbit to 10gbit"],
    [{ rate: "1kbit" }, "is not a rate from 8kbit to 10gbit"],
    [{ mtu: 20 }, "Valid: a number from 68 to 1500"],
    [{ burst: 0.5, loss: "1%" }, "Valid: a number from 1 to 1000"],
    [{ reorder: "yes" }, "Valid: true or false"],
    [{ lag: "1s" }, 'link: "lag" is nothing a link does.\nValid: delay, jitter, loss'],
    [{ toString: "1s" }, "is nothing a link does"],
    [{ delay: "10ms", jitter: "20ms" }, 'link.jitter: "20ms" is longer than the delay.\nValid: up to 10ms'],
    [{ jitter: "20ms" }, "is longer than the delay"],
    [{ delay: "10ms", reorder: true }, "link.reorder: true does nothing.\nValid: together with a jitter"],
    [{ burst: 4 }, "link.burst: 4 does nothing.\nValid: together with a loss"],
    [{ loss: "90%", burst: 5 }, "link.burst: 5 is too short for a loss of 90 %.\nValid: from 9.0 on"],
  ])("%j is refused", (impairments, message) => {
    expect(() => settingsOf(impairments, "link")).toThrow(message);
  });

  it.each([[undefined], [null], ["10%"], [[]]])("%j is refused as a whole", (impairments) => {
    expect(() => settingsOf(impairments as never, "link")).toThrow("does not say what a link is to do");
  });

  it("keeps what is not spoken of, and loses what is null", () => {
    const before = { loss: "10%", delay: "5ms" } as const;
    expect(mergeImpairments(before, { delay: null, rate: "1mbit", loss: undefined })).toEqual({
      loss: "10%",
      rate: "1mbit",
    });
  });
});

describe("what a wirefilter is told", () => {
  it("has its own units, for one direction", () => {
    const settings = settingsOf({ delay: "50ms", jitter: "10ms", rate: "1mbit", mtu: 1400, corrupt: "10%" }, "link");
    expect(filterCommands(settings, "RL")).toEqual([
      "delay RL50+10",
      "loss RL0",
      "lostburst RL0",
      "dup RL0",
      // 10 % of packets of 1514 bytes: 0.1 / 1514 * 2^20 bits of a mebibyte.
      expect.stringMatching(/^noise RL69\.25/),
      "bandwidth RL125000",
      "chanbufsize RL132500",
      "mtu RL1416",
      "fifo 1",
    ]);
    expect(filterCommands({ ...noSettings, reorder: true }, "LR")).toContain("fifo 0");
    expect(filterCommands(noSettings, "LR")).toContain("mtu LR0");
  });
});

describe("a fault as a value", () => {
  it("is plain data", () => {
    const value = fault.loss("10%", { on: { name: "a" }, network: "lan", direction: "in", burst: 3 });
    expect(JSON.parse(JSON.stringify(value))).toEqual({
      ...{ kind: "link", on: ["a"], network: "lan", direction: "in", isDown: false },
      impairments: { loss: "10%", burst: 3 },
    });
  });

  it.each<[string, () => unknown, string]>([
    ["a share without a sign", () => fault.loss("10" as "10%"), 'fault.loss: "10" is not a share'],
    ["a direction", () => fault.loss("1%", { direction: "up" as "in" }), '"up" is no direction'],
    ["one group", () => fault.partition([["a"]]), "does not say enough"],
    ["an empty group", () => fault.partition([["a"], []]), "does not say enough"],
    ["a machine in two groups", () => fault.partition([["a"], ["a", "b"]]), '"a" is there twice'],
    ["a ring of two", () => fault.majorityRing(["a", "b"]), "are too few"],
  ])("is refused with %s", (_case, make, message) => {
    expect(make).toThrow(message);
  });
});
