import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { claimBudget } from "../../src/budget/claim-budget.ts";
import { runtimeFolder } from "../../src/folders/runtime-folder.ts";
import { startProgram, type Program } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

beforeEach(() => {
  vi.stubEnv("XDG_RUNTIME_DIR", temporaryFolder());
  vi.stubEnv("VITEST_MACHINES_BUDGET_MIB", "100");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Another process that holds a claim until it is killed. */
async function startClaimant(name: string, memoryMiB: number): Promise<Program> {
  const program = startProgram(`
    await host.claimBudget({ name: "${name}", memoryMiB: ${memoryMiB}, vcpus: 1 });
    console.log("claimed");
    setInterval(() => {}, 1e6);
  `);
  onTestFinished(() => program.kill("SIGKILL"));
  expect(await program.line()).toBe("claimed");
  return program;
}

function ledgerFile(): string {
  return join(runtimeFolder(), readdirSync(runtimeFolder()).find((name) => name.endsWith(".json")) ?? "");
}

function entries(): unknown[] {
  return (JSON.parse(readFileSync(ledgerFile(), "utf8")) as { entries: unknown[] }).entries;
}

test("a claim is on the ledger until it is released, once", async () => {
  const claim = await claimBudget({ name: "web", memoryMiB: 60, vcpus: 1 });
  expect(entries()).toMatchObject([{ name: "web", memoryMiB: 60, state: "running", pid: process.pid }]);
  await Promise.all([claim.release(), claim.release()]);
  expect(entries()).toEqual([]);
});

test("a ledger that a power loss has torn is begun anew", async () => {
  await (await claimBudget({ name: "before", memoryMiB: 1, vcpus: 1 })).release();
  writeFileSync(ledgerFile(), '{"entries":[{');
  const claim = await claimBudget({ name: "after", memoryMiB: 1, vcpus: 1 });
  expect(entries()).toMatchObject([{ name: "after" }]);
  await claim.release();
});

test("waits for another process's cluster, says whose, and goes on when that process is killed", async () => {
  const other = await startClaimant("theirs", 60);
  const onWait = vi.fn();
  const mine = claimBudget({ name: "mine", memoryMiB: 60, vcpus: 1, onWait });
  await vi.waitFor(() => expect(onWait).toHaveBeenCalled(), 5_000);
  expect(onWait.mock.calls).toEqual([
    [`waiting for 60 MiB (40 of 100 free), held by "theirs" (pid ${other.pid}, 60 MiB)`],
  ]);
  await other.kill("SIGKILL");
  await (await mine).release();
});

test("a wait that is aborted leaves the queue", async () => {
  const held = await claimBudget({ name: "first", memoryMiB: 60, vcpus: 1 });
  const abort = new AbortController();
  const waiting = claimBudget({
    name: "second",
    memoryMiB: 60,
    vcpus: 1,
    signal: abort.signal,
    onWait: () => abort.abort(),
  });
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
  expect(entries()).toMatchObject([{ name: "first" }]);
  await held.release();
});

test("a cluster larger than the budget runs alone, with a notice", async () => {
  const onNotice = vi.fn();
  const claim = await claimBudget({ name: "large", memoryMiB: 101, vcpus: 1, onNotice });
  expect(onNotice).toHaveBeenCalledWith(
    'cluster "large": it needs 101 MiB, more than the whole budget of 100 MiB, so it runs alone.',
  );
  await claim.release();
});

test("what memory cannot hold is refused at once", async () => {
  const claim = claimBudget({ name: "huge", memoryMiB: 2 ** 40, vcpus: 1 });
  await expect(claim).rejects.toMatchObject({ code: "BUDGET_IMPOSSIBLE", facts: { cluster: "huge" } });
  expect(entries()).toEqual([]);
});
