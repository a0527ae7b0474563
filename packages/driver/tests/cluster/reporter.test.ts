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
  report({ type: "machine-phase", machine: "a", phase: "ready", elapsedMs: 5 });
  const origin = { how: "forked", layerKey: "abc", ageMs: 9, madeInMs: 3_000, spare: false } as const;
  report({ type: "ready", elapsedMs: 5, origin });
  expect(seen.map(({ type }) => type)).toEqual(["waiting", "machine-phase", "ready"]);
  expect(traced).toEqual([
    { type: "waiting", reason: "3 GiB are in use" },
    { type: "ready", elapsedMs: 5, origin },
  ]);
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
