import { expect, it } from "vitest";
import { reporter } from "../../src/cluster/reporter.ts";
import type { ClusterEvent } from "../../src/index.ts";
import type { TraceEntry } from "../../src/trace/entry.ts";
import { noTrace } from "../../src/trace/trace.ts";

it("passes every event on, and traces those that nobody else does", () => {
  const traced: TraceEntry[] = [];
  const seen: ClusterEvent[] = [];
  const report = reporter({ ...noTrace, add: (entry) => traced.push(entry) }, (event) => seen.push(event));
  report({ type: "waiting", reason: "3 GiB are in use" });
  report({ type: "ready", elapsedMs: 5 });
  expect(seen.map(({ type }) => type)).toEqual(["waiting", "ready"]);
  expect(traced).toEqual([{ type: "waiting", reason: "3 GiB are in use" }]);
});

it("is not interrupted by a listener that throws, and the mistake is not lost", async () => {
  const uncaught = new Promise((resolve) => {
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => {
      for (const other of others) process.on("uncaughtException", other);
      resolve(error);
    });
  });
  const mistake = new Error("mistake");
  reporter(noTrace, () => {
    throw mistake;
  })({ type: "notice", text: "x" });
  expect(await uncaught).toBe(mistake);
});
