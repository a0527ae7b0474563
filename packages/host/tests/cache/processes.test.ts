import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const built = new URL("../../dist/cache/stage.js", import.meta.url);

/** A process that obtains a stage whose build takes `milliseconds`; it prints a line for every step. */
function startBuilder(root: string, milliseconds: number): { line: () => Promise<string>; kill: () => Promise<void> } {
  const code = `
    import { writeFile, appendFile } from "node:fs/promises";
    const { obtainStage } = await import(${JSON.stringify(built.href)});
    const stage = {
      name: "slow",
      async build(folder) {
        await appendFile(${JSON.stringify(join(root, "builds"))}, "x");
        await writeFile(folder + "/file", "half");
        console.log("building");
        await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
        await writeFile(folder + "/file", "whole");
        return { files: ["file"], facts: {}, packages: {} };
      },
    };
    const { folder } = await obtainStage(${JSON.stringify(root)}, stage, { onWait: () => console.log("waiting") });
    console.log(folder);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  onTestFinished(kill);
  return { line: async () => ((await lines.next()) as { value: string }).value, kill };
}

test("two processes at once build once, and the second says that it waits", async () => {
  const root = temporaryFolder();
  const first = startBuilder(root, 1_000);
  expect(await first.line()).toBe("building");
  const second = startBuilder(root, 1_000);
  expect(await second.line()).toBe("waiting");
  expect(await first.line()).toBe(join(root, "slow"));
  expect(await second.line()).toBe(join(root, "slow"));
  expect(readFileSync(join(root, "builds"), "utf8")).toBe("x");
});

test("a killed build leaves nothing visible, and the next one cleans up", async () => {
  const root = temporaryFolder();
  const killed = startBuilder(root, 60_000);
  expect(await killed.line()).toBe("building");
  await killed.kill();
  expect(readdirSync(root)).not.toContain("slow");
  const next = startBuilder(root, 0);
  expect(await next.line()).toBe("building");
  expect(await next.line()).toBe(join(root, "slow"));
  expect(readFileSync(join(root, "slow/file"), "utf8")).toBe("whole");
  expect(readdirSync(root).sort()).toEqual(["builds", "slow", "slow.lock"]);
});
