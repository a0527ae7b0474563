import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRunFolder, folderOwner, recordChild, recordedChildren } from "../../src/folders/run-folder.ts";
import { sweepRunFolders } from "../../src/folders/sweep-run-folders.ts";
import { ownIdentity, processIdentity, type ProcessIdentity } from "../../src/processes/identity.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** An owner that has ended: our own pid with a start time that is not ours. */
const goneOwner = (): ProcessIdentity => ({ ...ownIdentity(), startTime: "1" });

function folderOf(base: string, owner: ProcessIdentity): string {
  const folder = createRunFolder("left", base);
  writeFileSync(join(folder, "owner.json"), JSON.stringify(owner));
  return folder;
}

function startSleeper(): number {
  const child = spawn("/bin/sleep", ["1000"], { detached: true, stdio: "ignore" });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return child.pid ?? 0;
}

test("a run folder is private, named for humans, and knows its owner", () => {
  const folder = createRunFolder('Web "cluster" of a rather long name', temporaryFolder());
  expect(basename(folder)).toMatch(/^web-cluster-\w{6}$/);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(folderOwner(folder)).toEqual(ownIdentity());
});

test("any name will do", () => {
  expect(basename(createRunFolder("…", temporaryFolder()))).toMatch(/^run-\w{6}$/);
});

test("children are found again by pid and start time", () => {
  const folder = createRunFolder("web", temporaryFolder());
  recordChild(folder, process.pid);
  recordChild(folder, process.ppid);
  expect(recordedChildren(folder, ownIdentity())).toEqual([ownIdentity(), processIdentity(process.ppid)]);
});

test("the sweep leaves folders of living processes alone", async () => {
  const base = temporaryFolder();
  const folder = createRunFolder("alive", base);
  expect(await sweepRunFolders([base])).toEqual([]);
  expect(existsSync(folder)).toBe(true);
});

test("the sweep kills what a gone owner left running and removes its folder", async () => {
  const base = temporaryFolder();
  const folder = folderOf(base, goneOwner());
  const pid = startSleeper();
  recordChild(folder, pid);
  expect(await sweepRunFolders([base])).toEqual([{ folder, killed: [pid] }]);
  expect(processIdentity(pid)).toBeUndefined();
  expect(readdirSync(base)).toEqual([]);
});

test("the sweep spares a process that merely got the pid of a child", async () => {
  const base = temporaryFolder();
  const folder = folderOf(base, goneOwner());
  const pid = startSleeper();
  writeFileSync(join(folder, "children"), `${pid} 1\n`);
  expect(await sweepRunFolders([base])).toEqual([{ folder, killed: [] }]);
  expect(processIdentity(pid)).toBeDefined();
});

test("the sweep kills nothing for an owner of another boot, whatever the pids say", async () => {
  const base = temporaryFolder();
  const folder = folderOf(base, { ...ownIdentity(), bootId: "another" });
  const pid = startSleeper();
  recordChild(folder, pid);
  expect(await sweepRunFolders([base])).toEqual([{ folder, killed: [] }]);
  expect(processIdentity(pid)).toBeDefined();
});

test("the sweep does not touch what belongs to another pid namespace", async () => {
  const base = temporaryFolder();
  folderOf(base, { ...goneOwner(), pidNamespace: "pid:[1]" });
  expect(await sweepRunFolders([base])).toEqual([]);
});

test("half an owner record, as a power loss can leave it, does not stop the sweep, which removes the folder once it is old", async () => {
  const base = temporaryFolder();
  const folder = createRunFolder("torn", base);
  writeFileSync(join(folder, "owner.json"), '{"pid":1');
  expect(await sweepRunFolders([base])).toEqual([]);
  utimesSync(folder, 0, 0);
  expect(await sweepRunFolders([base])).toEqual([{ folder, killed: [] }]);
});

test("the sweep removes folders that were never finished, but only old ones, and nothing foreign", async () => {
  const base = temporaryFolder();
  for (const name of [".new-aaaaaa", ".new-bbbbbb", "foreign"]) mkdirSync(join(base, name));
  const anHourAgo = Date.now() / 1000 - 3600;
  for (const name of [".new-aaaaaa", "foreign"]) utimesSync(join(base, name), anHourAgo, anHourAgo);
  expect(await sweepRunFolders([base])).toEqual([{ folder: join(base, ".new-aaaaaa"), killed: [] }]);
});
