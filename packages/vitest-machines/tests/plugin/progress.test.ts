import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Origin } from "@vitest-machines/driver";
import { BootProgress, upLine } from "../../src/plugin/progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const booted: Origin = { how: "booted", frozen: false };

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
  progress.report({ kind: "up", boot: "1", origin: booted });
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(["web: booted in 0.90 s (client 0.80 s, server 0.90 s)"]);
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
  progress.report({ kind: "up", boot: "1", origin: booted });
  expect(lines).toEqual(["web: waiting for 512 MiB", "web: booted in 1.0 s (client 0.90 s, server 1.0 s)"]);
});

it("does not take the making of images for a boot", () => {
  const { progress, lines } = start();
  progress.report({ kind: "image", boot: "1", text: "image debian: installing packages" });
  vi.advanceTimersByTime(13_000);
  progress.report({ kind: "phase", boot: "1", node: "server", phase: "booting" });
  vi.advanceTimersByTime(1_000);
  progress.report({ kind: "ready", boot: "1", node: "client", ms: 900 });
  progress.report({ kind: "ready", boot: "1", node: "server", ms: 1000 });
  progress.report({ kind: "up", boot: "1", origin: booted });
  expect(lines).toEqual([
    "image debian: installing packages",
    "preparing images of web: 2.0 s…",
    "preparing images of web: 12.0 s…",
    "web: booted in 1.0 s (client 0.90 s, server 1.0 s)",
  ]);
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
  progress.report({ kind: "up", boot: "1", origin: booted });
  expect(lines).toEqual([]);
});

it("tells of a boot's machines what booting took, although they go on as forks", () => {
  const { progress, lines } = start();
  for (const node of ["client", "server"]) progress.report({ kind: "phase", boot: "1", node, phase: "booting" });
  vi.advanceTimersByTime(1_500);
  progress.report({ kind: "ready", boot: "1", node: "client", ms: 1_400 });
  progress.report({ kind: "ready", boot: "1", node: "server", ms: 1_500 });
  for (const node of ["client", "server"]) {
    progress.report({ kind: "phase", boot: "1", node, phase: "forking" });
    progress.report({ kind: "ready", boot: "1", node, ms: 100 });
  }
  vi.advanceTimersByTime(200);
  progress.report({ kind: "up", boot: "1", origin: { how: "booted", frozen: true } });
  expect(lines).toEqual(["web: booted in 1.7 s (client 1.4 s, server 1.5 s); frozen, so that the next one is forked"]);
});

describe("how a cluster came up", () => {
  const fork = { how: "forked", layerKey: "abc", ageMs: 5_000, madeInMs: 3_000, spare: false } as const;
  const minute = 60_000;

  it("is booted unless it says otherwise", () => {
    expect(upLine(undefined, 2_000, "a 1.9 s")).toBe("booted in 2.0 s (a 1.9 s)");
    expect(upLine(booted, 949, "a 0.90 s")).toBe("booted in 0.95 s (a 0.90 s)");
  });

  it("is kept", () => {
    expect(upLine({ how: "kept", layerKey: "abc" }, 80, "")).toBe("goes on as the last run has left it, after 0.08 s");
  });

  it("is forked, with what that saved", () => {
    expect(upLine(fork, 400, "a 0.30 s")).toBe("forked in 0.40 s (2.6 s saved; layer of just now)");
    expect(upLine({ ...fork, spare: true }, 50, "")).toBe(
      "forked in 0.05 s ahead of time (3.0 s saved; layer of just now)",
    );
    expect(upLine(fork, 5_000, ""), "slower than a boot").toContain("(0.00 s saved; ");
  });

  it.each([
    [59_000, "just now"],
    [minute, "1 min ago"],
    [89 * minute, "89 min ago"],
    [90 * minute, "2 h ago"],
    [35 * 60 * minute, "35 h ago"],
    [36 * 60 * minute, "2 days ago"],
    [13 * 24 * 60 * minute, "13 days ago"],
  ])("says of a layer that is %i ms old: %s", (ageMs, words) => {
    expect(upLine({ ...fork, ageMs }, 400, "")).toContain(`; layer of ${words})`);
  });
});
