import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../../packages/vitest-machines/dist/cli/main.js", import.meta.url));
const guide = fileURLToPath(new URL("../../examples/guide", import.meta.url));

it("the picture in the docs is what the command draws of the declaration above it", async () => {
  const argv = [program, "topology", "topology.test.ts", "--format", "svg"];
  const drawn = execFileSync(process.execPath, argv, { cwd: guide, encoding: "utf8" });
  await expect(drawn).toMatchFileSnapshot("../../docs/topology.svg");
});
