import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { withLock } from "../../src/locks/with-lock.ts";
import { startProgram, type Program } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const lockFile = (): string => join(temporaryFolder(), "deeper", "a lock");

async function startHolder(file: string): Promise<Program> {
  const program = startProgram(
    `await host.withLock(${JSON.stringify(file)}, async () => { console.log("mine"); await new Promise(() => setInterval(() => {}, 1e6)); });`,
  );
  onTestFinished(() => program.kill("SIGKILL"));
  expect(await program.line()).toBe("mine");
  return program;
}

test("hands out the result of the work", async () => {
  const file = lockFile();
  await expect(withLock(file, async () => 42)).resolves.toBe(42);
  expect(existsSync(file)).toBe(true);
});

test("lets the work's own error through and frees the lock", async () => {
  const file = lockFile();
  await expect(withLock(file, () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
  await expect(withLock(file, async () => "free")).resolves.toBe("free");
});

test("never lets two calls of one process in at once", async () => {
  const file = lockFile();
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(15);
    inside--;
  };
  await Promise.all(Array.from({ length: 6 }, () => withLock(file, work)));
  expect(most).toBe(1);
});

test("waits for another process, says so, and gets in when that process is killed with SIGKILL", async () => {
  const file = lockFile();
  const other = await startHolder(file);
  const onWait = vi.fn();
  const waiting = withLock(file, async () => "mine now", { onWait });
  await vi.waitFor(() => expect(onWait).toHaveBeenCalledOnce());
  await other.kill("SIGKILL");
  await expect(waiting).resolves.toBe("mine now");
});

test("stays silent when it need not wait", async () => {
  const onWait = vi.fn();
  await withLock(lockFile(), () => sleep(150), { onWait });
  expect(onWait).not.toHaveBeenCalled();
});

test("can be aborted while it waits, and leaves no waiter behind that would take the lock later", async () => {
  const file = lockFile();
  const other = await startHolder(file);
  const abort = new AbortController();
  const work = vi.fn();
  const waiting = withLock(file, work, { signal: abort.signal, onWait: () => abort.abort(new Error("enough")) });
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED", summary: "stopped waiting: enough" });
  await other.kill("SIGKILL");
  await withLock(file, async () => undefined);
  expect(work).not.toHaveBeenCalled();
});

test("does not begin when it was aborted before", async () => {
  const file = lockFile();
  const waiting = withLock(file, async () => undefined, { signal: AbortSignal.abort() });
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
  expect(existsSync(file)).toBe(false);
});

test("says what flock said when the file cannot be locked", async () => {
  const loop = join(temporaryFolder(), "loop");
  symlinkSync("loop", loop);
  await expect(withLock(loop, async () => undefined)).rejects.toMatchObject({
    code: "LOCK_FAILED",
    summary: expect.stringMatching(/^cannot lock .*loop: .*(symbolic links|exists)/),
  });
});

test("fails when the lock was lost while the work ran", async () => {
  const before = ownChildren();
  const work = withLock(lockFile(), async () => {
    const [holder] = ownChildren().filter((pid) => !before.includes(pid));
    process.kill(holder ?? NaN, "SIGKILL");
    await sleep(50);
  });
  await expect(work).rejects.toMatchObject({ code: "LOCK_FAILED", summary: expect.stringContaining("SIGKILL") });
});

function ownChildren(): number[] {
  const tasks = join("/proc", String(process.pid), "task");
  return readdirSync(tasks).flatMap((task) =>
    readFileSync(join(tasks, task, "children"), "utf8")
      .split(" ")
      .filter(Boolean)
      .map(Number),
  );
}
