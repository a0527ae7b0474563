import { MachinesError } from "@vitest-machines/host";
import { expect, it } from "vitest";
import { retry, type Attempt } from "../../../src/machine/wait/retry.ts";

it("returns what the first successful attempt returns", async () => {
  const attempts: number[] = [];
  const result = retry(({ number }) => {
    attempts.push(number);
    return number === 3 && "third";
  });
  await expect(result).resolves.toBe("third");
  expect(attempts).toEqual([1, 2, 3]);
});

it("takes an attempt that throws as one to be made again, and one that returns nothing as done", async () => {
  let tries = 0;
  await retry(() => {
    tries++;
    expect(tries).toBeGreaterThan(2);
  });
  expect(tries).toBe(3);
});

it("says how often and how long it tried, and what the last attempt threw", async () => {
  const thrown = new Error("not there");
  const error: unknown = await retry(() => Promise.reject(thrown), { timeout: 100 }).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "WAIT_TIMEOUT", cause: thrown });
  expect((error as Error).message).toMatch(
    /^WAIT_TIMEOUT: retried for 0\.\d s in vain \(\d+ attempts\)\.\nThe last attempt threw not there$/,
  );
});

it("tells the last attempt that it is the last one, while there is time for it", async () => {
  const attempts: Attempt[] = [];
  const work = retry((attempt) => attempts.push(attempt) < 0, { timeout: 300, interval: 50 });
  await expect(work).rejects.toThrow("returned false");
  expect(attempts.map(({ isLast }) => isLast)).toEqual([...attempts.slice(1).map(() => false), true]);
  expect(attempts.at(-1)!.remaining).toBeGreaterThan(10);
});

it("does not wait for an attempt that hangs, and tells it", async () => {
  let signal: AbortSignal | undefined;
  const work = retry(
    (attempt) => {
      signal = attempt.signal;
      return new Promise<void>(() => undefined);
    },
    { timeout: 50 },
  );
  await expect(work).rejects.toThrow("The last attempt had not ended");
  expect(signal?.aborted).toBe(true);
});

it("ends with its signal, and still says what it saw", async () => {
  const abort = new AbortController();
  const work = retry(() => false, { signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 30);
  await expect(work).rejects.toThrow(
    /^ABORTED: retried for 0\.\d s in vain \(\d+ attempts?\): enough\.\n.*returned false/,
  );
});

it("gives up at once what no attempt can mend", async () => {
  let tries = 0;
  const down = new MachinesError("MACHINE_DOWN", "box is down");
  const work = retry(() => {
    tries++;
    throw down;
  });
  await expect(work).rejects.toBe(down);
  expect(tries).toBe(1);
});

it("refuses what is no duration", async () => {
  await expect(retry(() => true, { timeout: NaN })).rejects.toThrow("timeout: NaN is not a duration");
  await expect(retry(() => true, { interval: -1 })).rejects.toThrow("interval: -1 is not a duration");
});
