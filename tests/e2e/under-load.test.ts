import { spawn } from "node:child_process";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { nothingLeftWithin } from "./harness/leftovers.ts";
import { createProject } from "./harness/project.ts";

const runs = process.env["NIGHTLY"] ? 20 : 4;

it(
  `${String(runs)} runs in a row of the ping example are green while two busy loops take the CPUs`,
  { timeout: 1_200_000 },
  async () => {
    const project = await createProject({});
    const example = fileURLToPath(new URL("../../examples/ping/ping.test.ts", import.meta.url));
    await cp(example, join(project.folder, "ping.test.ts"));
    const loops = [1, 2].map(() => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
    onTestFinished(() => loops.forEach((loop) => loop.kill("SIGKILL")));

    for (let n = 1; n <= runs; n++) {
      const { code, output } = await project.vitest(["run"]).exit;
      expect(code, `run ${String(n)}:\n${output}`).toBe(0);
    }
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual({ processes: [], files: [] });
  },
);
