import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConsoleLog } from "../../../src/machine/console/console-log.ts";

const withText = (...chunks: string[]): ConsoleLog => {
  const log = new ConsoleLog();
  for (const chunk of chunks) log.append(Buffer.from(chunk));
  return log;
};

describe("a console log", () => {
  it("is plain text: no carriage returns, no colours", () => {
    expect(withText("[\x1b[0;32m  OK  \x1b[0m] Started\r\nlogin: ").text).toBe("[  OK  ] Started\nlogin: ");
  });

  it("tells finished lines once, and shows the unfinished one too", () => {
    const lines: string[] = [];
    const log = new ConsoleLog((line) => lines.push(line));
    log.append(Buffer.from("one\ntw"));
    expect(log.text).toBe("one\ntw");
    log.append(Buffer.from("o\n"));
    expect(lines).toEqual(["one", "two"]);
  });

  it("is the same text however the bytes are cut, within characters and colours too", () => {
    const whole = Buffer.from("grüße \x1b[1;31mrot\x1b[0m\r\n€ done\n");
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 8 }), (cuts) => {
        const log = new ConsoleLog();
        const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
        edges.slice(1).forEach((edge, index) => log.append(whole.subarray(edges[index], edge)));
        expect(log.text).toBe("grüße rot\n€ done\n");
      }),
    );
  });

  it("shows its last lines", () => {
    expect(withText("one\ntwo\nthree\n").tail(2)).toBe("two\nthree");
    expect(withText().tail(2)).toBe("");
  });

  it("finds each appearance of a text once, in order", () => {
    const log = withText("ready 1\nready 2\n");
    expect(log.take(/ready (\d)/)?.[1]).toBe("1");
    expect(log.take(/ready (\d)/g)?.[1]).toBe("2");
    expect(log.take(/ready/)).toBeUndefined();
    log.append(Buffer.from("ready 3"));
    expect(log.take(/ready (\d)/)?.[1]).toBe("3");
  });

  it("finds text over several lines", () => {
    expect(withText("first\nsecond\n").take(/first\nsec/)).toBeDefined();
  });

  it("forgets the oldest lines of a guest that never stops printing, and goes on matching after them", () => {
    const log = withText("early\n");
    const line = `${"x".repeat(1023)}\n`;
    for (let count = 0; count < 9 * 1024; count++) log.append(Buffer.from(line));
    expect(log.text.length).toBeLessThan(9 * 1024 * 1024);
    log.append(Buffer.from("late\n"));
    expect(log.take(/early/)).toBeUndefined();
    expect(log.take(/late/)?.[0]).toBe("late");
  });
});
