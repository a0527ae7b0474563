import { expect, it } from "vitest";
import { signalIn, withSignal } from "../../src/machine/waiting-verbs.ts";

const { signal } = new AbortController();

it("gives every waiting verb a signal as its last argument", () => {
  expect(withSignal("succeed", ["true"], signal)).toEqual(["true", { signal }]);
  expect(withSignal("succeed", ["true", ["ls", "/"]], signal)).toEqual(["true", ["ls", "/"], { signal }]);
  expect(withSignal("succeed", ["true", "false", { timeout: 5 }], signal)).toEqual([
    "true",
    "false",
    { timeout: 5, signal },
  ]);
  expect(withSignal("waitForConsoleText", [/login/], signal)).toEqual([/login/, { signal }]);
  expect(withSignal("shutdown", [], signal)).toEqual([{ signal }]);
});

it("keeps the caller's own signal beside it", () => {
  const own = new AbortController();
  const [options] = withSignal("shutdown", [{ signal: own.signal }], signal) as [{ signal: AbortSignal }];
  expect(options.signal.aborted).toBe(false);
  own.abort();
  expect(options.signal.aborted).toBe(true);
});

it("leaves other methods, and calls without a signal, as they are", () => {
  expect(withSignal("log", ["text"], signal)).toEqual(["text"]);
  expect(withSignal("succeed", ["true"], undefined)).toEqual(["true"]);
});

it("objects that say what to do are no options", () => {
  const { signal } = new AbortController();
  const [target, extra] = [{ host: "peer", port: 80 }, { name: "extra" }];
  expect(withSignal("connect", [target], signal)).toEqual([target, { signal }]);
  expect(withSignal("connect", [target, { timeout: 5 }], signal)).toEqual([target, { timeout: 5, signal }]);
  expect(withSignal("createMachine", [extra], signal)).toEqual([extra, { signal }]);
  expect(signalIn("createMachine", [extra, { signal }])).toBe(signal);
  expect(signalIn("connect", [target])).toBeUndefined();
});
