import { mkdtempSync, rmSync } from "node:fs";
import { onTestFinished, vi } from "vitest";

/** Gives the test a runtime folder, and so a budget, of its own: what else runs on this host is nothing to it. */
export function ownRuntime(): void {
  // Short, because sockets are below it.
  const folder = mkdtempSync("/tmp/vmr-");
  vi.stubEnv("VITEST_MACHINES_RUNTIME", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
}
