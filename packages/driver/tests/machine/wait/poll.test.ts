import { expect, it } from "vitest";
import { delayAfter } from "../../../src/machine/wait/poll.ts";

it("looks again after 20 ms at first, and never later than after a second", () => {
  const delays = Array.from({ length: 20 }, (_, index) => delayAfter(index + 1));
  expect(delays.slice(0, 4)).toEqual([20, 30, 45, 68]);
  expect(delays).toEqual([...delays].sort((a, b) => a - b));
  expect(delays.at(-1)).toBe(1_000);
});
