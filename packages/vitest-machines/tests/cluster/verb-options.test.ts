import { expect, it } from "vitest";
import { withTestSignal } from "../../src/cluster/verb-options.ts";

const { signal } = new AbortController();

it("gives every waiting verb the test's signal as its last argument", () => {
  expect(withTestSignal("succeed", ["true"], signal)).toEqual(["true", { signal }]);
  expect(withTestSignal("succeed", ["true", ["ls", "/"]], signal)).toEqual(["true", ["ls", "/"], { signal }]);
  expect(withTestSignal("succeed", ["true", "false", { timeout: 5 }], signal)).toEqual([
    "true",
    "false",
    { timeout: 5, signal },
  ]);
  expect(withTestSignal("waitForConsoleText", [/login/], signal)).toEqual([/login/, { signal }]);
  expect(withTestSignal("shutdown", [], signal)).toEqual([{ signal }]);
});

it("keeps the caller's own signal beside it", () => {
  const own = new AbortController();
  const [options] = withTestSignal("shutdown", [{ signal: own.signal }], signal) as [{ signal: AbortSignal }];
  expect(options.signal.aborted).toBe(false);
  own.abort();
  expect(options.signal.aborted).toBe(true);
});

it("leaves other methods, and calls outside tests, as they are", () => {
  expect(withTestSignal("log", ["text"], signal)).toEqual(["text"]);
  expect(withTestSignal("succeed", ["true"], undefined)).toEqual(["true"]);
});
