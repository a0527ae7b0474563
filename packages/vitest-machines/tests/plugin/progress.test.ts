import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { BootProgress } from "../../src/plugin/progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function start(): { progress: BootProgress; lines: string[] } {
  const lines: string[] = [];
  const progress = new BootProgress((line) => lines.push(line));
  progress.report({ kind: "booting", boot: "1", cluster: "web", nodes: ["client", "server"] });
  return { progress, lines };
}

it("says one line about a quick boot", () => {
  const { progress, lines } = start();
  vi.advanceTimersByTime(900);
  progress.report({ kind: "ready", boot: "1", node: "client", ms: 800 });
  progress.report({ kind: "ready", boot: "1", node: "server", ms: 900 });
  progress.report({ kind: "up", boot: "1" });
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(["web: up in 0.9 s (client 0.8 s, server 0.9 s)"]);
});

it("says how far a slow boot is, at first after 2 s and then every 10 s", () => {
  const { progress, lines } = start();
  progress.report({ kind: "phase", boot: "1", node: "server", phase: "booting" });
  progress.report({ kind: "ready", boot: "1", node: "client", ms: 1_500 });
  vi.advanceTimersByTime(13_000);
  progress.report({ kind: "failed", boot: "1" });
  expect(lines).toEqual([
    "booting web: client 1.5 s, server booting 2.0 s…",
    "booting web: client 1.5 s, server booting 12.0 s…",
    "web: not up after 13.0 s (client 1.5 s, server booting 13.0 s…)",
  ]);
});

it("says once why a cluster waits for the budget, and starts its clock when it no longer does", () => {
  const { progress, lines } = start();
  progress.report({ kind: "waiting", boot: "1", reason: "waiting for 512 MiB" });
  progress.report({ kind: "waiting", boot: "1", reason: "waiting for 512 MiB" });
  vi.advanceTimersByTime(60_000);
  progress.report({ kind: "phase", boot: "1", node: "server", phase: "starting" });
  vi.advanceTimersByTime(1_000);
  progress.report({ kind: "ready", boot: "1", node: "client", ms: 900 });
  progress.report({ kind: "ready", boot: "1", node: "server", ms: 1000 });
  progress.report({ kind: "up", boot: "1" });
  expect(lines).toEqual(["web: waiting for 512 MiB", "web: up in 1.0 s (client 0.9 s, server 1.0 s)"]);
});

it("says a notice once a run", () => {
  const { progress, lines } = start();
  progress.report({ kind: "notice", text: "no KVM" });
  progress.report({ kind: "notice", text: "no KVM" });
  progress.beginRun();
  progress.report({ kind: "notice", text: "no KVM" });
  expect(lines).toEqual(["no KVM", "no KVM"]);
});

it("is silent after its end", () => {
  const { progress, lines } = start();
  progress.close();
  vi.advanceTimersByTime(60_000);
  progress.report({ kind: "up", boot: "1" });
  expect(lines).toEqual([]);
});
