import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createRunFolder } from "../../src/folders/run-folder.ts";
import { ownIdentity, processIdentity } from "../../src/processes/identity.ts";
import { LocalProcessHost } from "../../src/processes/local-process-host.ts";
import type { HostedProcess, Lease } from "../../src/processes/process-host.ts";
import { requireTool } from "../../src/tools/require-tool.ts";
import { eventually } from "../support/eventually.ts";
import { startProgram } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const request = { name: "web", memoryMiB: 1, vcpus: 1 };

beforeEach(() => {
  vi.stubEnv("XDG_RUNTIME_DIR", temporaryFolder());
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function lease(): Promise<Lease> {
  const granted = await new LocalProcessHost().lease(request);
  onTestFinished(() => granted.release());
  return granted;
}

function shell(granted: Lease, script: string, env?: Record<string, string>): Promise<HostedProcess> {
  const logFile = join(granted.folder, "log");
  return granted.spawn({ name: "a shell", argv: ["/bin/sh", "-c", script], logFile, env });
}

const gone = (pid: number): boolean => processIdentity(pid) === undefined;

test("a child writes both its outputs to the log, which only this user can read, and tells how it ended", async () => {
  const granted = await lease();
  const child = await shell(granted, 'echo "out $GREETING"; echo err >&2; exit 3', { GREETING: "hello" });
  expect(await child.exited).toEqual({ exitCode: 3, signal: null });
  expect(readFileSync(join(granted.folder, "log"), "utf8")).toBe("out hello\nerr\n");
  expect(statSync(join(granted.folder, "log")).mode & 0o777).toBe(0o600);
});

test("a program that does not exist ends at once and the log says why", async () => {
  const granted = await lease();
  const logFile = join(granted.folder, "log");
  const child = await granted.spawn({ name: "nothing", argv: ["/no/such/program"], logFile });
  expect((await child.exited).exitCode).toBeGreaterThan(0);
  expect(readFileSync(logFile, "utf8")).toContain("/no/such/program");
});

test("a child's stdin stays open for as long as the lease, so that vde_switch lives", async () => {
  const granted = await lease();
  const folder = join(granted.folder, "vlan1");
  const argv = [requireTool("vde_switch", "this test"), "-s", folder] as const;
  const child = await granted.spawn({ name: "switch vlan1", argv, logFile: join(granted.folder, "log") });
  await eventually(() => existsSync(join(folder, "ctl")), "the switch is ready");
  await sleep(100);
  expect(gone(child.pid)).toBe(false);
  await granted.release();
  expect(gone(child.pid)).toBe(true);
});

test("a signal reaches the whole group", async () => {
  const granted = await lease();
  const child = await shell(granted, "sleep 1000 & echo $!; wait");
  const log = (): string => readFileSync(join(granted.folder, "log"), "utf8");
  await eventually(() => log().endsWith("\n"), "the shell has started its child");
  await child.kill("SIGTERM");
  expect(await child.exited).toEqual({ exitCode: null, signal: "SIGTERM" });
  await eventually(() => gone(Number(log())), "the grandchild is gone");
  await child.kill("SIGTERM");
});

test("a grandchild that stays behind is ended with its parent", async () => {
  const granted = await lease();
  const child = await shell(granted, "sleep 1000 & echo $!");
  await child.exited;
  const grandchild = Number(readFileSync(join(granted.folder, "log"), "utf8"));
  await eventually(() => gone(grandchild), "the grandchild is gone");
});

test("release ends even children that ignore SIGTERM, removes the folder, and can be repeated", async () => {
  const granted = await lease();
  const stubborn = await shell(granted, "trap '' TERM; echo ready; while :; do sleep 1; done");
  await eventually(() => readFileSync(join(granted.folder, "log"), "utf8") === "ready\n", "the trap is set");
  await Promise.all([granted.release(), granted.release()]);
  expect(await stubborn.exited).toEqual({ exitCode: null, signal: "SIGKILL" });
  expect(existsSync(granted.folder)).toBe(false);
  await granted.release();
});

test("release also ends a child whose start is under way", async () => {
  const granted = await lease();
  const starting = shell(granted, "sleep 1000");
  await granted.release();
  expect(gone((await starting).pid)).toBe(true);
});

test("a released lease starts nothing any more", async () => {
  const granted = await lease();
  await granted.release();
  await expect(shell(granted, "true")).rejects.toThrow(
    "PROCESS_FAILED: cannot start a shell: its cluster was released",
  );
});

test.each(["SIGKILL", "SIGTERM"] as const)("nothing is left when the owner dies of %s", async (signal) => {
  const owner = startProgram(`
    const lease = await new host.LocalProcessHost().lease({ name: "web", memoryMiB: 1, vcpus: 1 });
    const child = await lease.spawn({ name: "sleeper", argv: ["/bin/sleep", "1000"], logFile: lease.folder + "/log" });
    console.log(JSON.stringify({ folder: lease.folder, pid: child.pid }));
  `);
  onTestFinished(() => owner.kill("SIGKILL"));
  const { folder, pid } = JSON.parse(await owner.line()) as { folder: string; pid: number };
  expect(gone(pid)).toBe(false);
  await owner.kill(signal);
  await eventually(() => gone(pid), "the child is gone");
  await eventually(() => !existsSync(folder), "the folder is gone");
});

test("a script that forgets to release ends all the same, and leaves nothing", async () => {
  const owner = startProgram(`
    const lease = await new host.LocalProcessHost().lease({ name: "web", memoryMiB: 1, vcpus: 1 });
    console.log(lease.folder);
  `);
  const folder = await owner.line();
  await eventually(() => !existsSync(folder), "the folder is gone");
});

test("the first lease of a process sweeps what others left behind", async () => {
  const left = createRunFolder("left");
  writeFileSync(join(left, "owner.json"), JSON.stringify({ ...ownIdentity(), startTime: "1" }));
  await lease();
  expect(existsSync(left)).toBe(false);
});
