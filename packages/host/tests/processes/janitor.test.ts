import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRunFolder } from "../../src/folders/run-folder.ts";
import { processIdentity } from "../../src/processes/identity.ts";
import { startJanitor } from "../../src/processes/janitor.ts";
import { killProcess } from "../../src/processes/kill-process.ts";
import { eventually } from "../support/eventually.ts";
import { startProgram, type Program } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Owned {
  readonly owner: Program;
  readonly folder: string;
  readonly janitor: number;
  readonly child: number;
}

/** A process with a run folder, a janitor and a child that only the janitor can end (it has no pdeathsig). */
async function startOwner(base: string): Promise<Owned> {
  const owner = startProgram(`
    const { startJanitor } = await import(new URL("../../dist/processes/janitor.js", ${JSON.stringify(import.meta.url)}));
    const { spawn } = await import("node:child_process");
    const folder = host.createRunFolder("left", ${JSON.stringify(base)});
    const janitor = await startJanitor(folder);
    const child = spawn("/bin/sleep", ["1000"], { detached: true, stdio: "ignore" });
    host.recordChild(folder, child.pid);
    console.log(JSON.stringify({ folder, janitor: janitor.pid, child: child.pid }));
  `);
  onTestFinished(() => owner.kill("SIGKILL"));
  const owned = JSON.parse(await owner.line()) as Omit<Owned, "owner">;
  const child = processIdentity(owned.child);
  // Whatever becomes of the test, nothing of it stays; a pid that is somebody else's by then is spared.
  onTestFinished(() => (child === undefined ? undefined : killProcess(child)));
  return { owner, ...owned };
}

test("a killed owner's children and folder are gone at once, and so is the janitor", async () => {
  const base = join(temporaryFolder(), "with 'quotes' and spaces");
  mkdirSync(base);
  const { owner, folder, janitor, child } = await startOwner(base);
  writeFileSync(join(folder, "switch.log"), "text");
  await owner.kill("SIGKILL");
  await eventually(() => processIdentity(child) === undefined, "the child is gone");
  await eventually(() => readdirSync(base).length === 0, "the folder is gone");
  await eventually(() => processIdentity(janitor) === undefined, "the janitor is gone");
});

test("the janitor spares a process that merely got the pid of a child", async () => {
  const { owner, folder, child } = await startOwner(temporaryFolder());
  writeFileSync(join(folder, "children"), `${child} 1\n`);
  await owner.kill("SIGKILL");
  await eventually(() => !existsSync(folder), "the folder is gone");
  expect(processIdentity(child)).toBeDefined();
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("the janitor outlives %s", async (signal) => {
  const { owner, folder, janitor } = await startOwner(temporaryFolder());
  process.kill(janitor, signal);
  await owner.kill("SIGKILL");
  await eventually(() => !existsSync(folder), "the folder is gone");
});

test("a janitor that stands down touches nothing", async () => {
  const folder = createRunFolder("kept", temporaryFolder());
  const janitor = await startJanitor(folder);
  await janitor.standDown();
  expect(existsSync(folder)).toBe(true);
  expect(processIdentity(janitor.pid ?? NaN)).toBeUndefined();
});
