import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createProject } from "./harness/project.ts";

const failing = `
import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("net", () => {
  const { it, one } = cluster({ nodes: { one: {} } });
  it("fails", async () => {
    await one.succeed("echo seen; echo why-it-failed >&2; exit 3");
  });
  it("hangs", { timeout: 2000 }, async () => {
    await one.waitForFile("/never");
  });
});
`;

it("every reporter shows a failed test's commands with their stderr, at the user's line", async () => {
  const project = await createProject({ "net.test.ts": failing });
  const reporters = ["default", "junit", "github-actions", "html"].map((name) => `--reporter=${name}`);
  const { code, output } = await project.vitest(["run", ...reporters, "--outputFile.junit=junit.xml"]).exit;
  expect(code).toBe(1);

  expect(output).toContain("COMMAND_FAILED: one: `echo seen; echo why-it-failed >&2; exit 3` failed with exit code 3.");
  expect(output).toMatch(/❯ net\.test\.ts:7:15/);
  expect(output).toMatch(
    /waited 1\.\d s for \/never to exist, in vain \(\d+ attempts\): the test's time of 2000 ms is over/,
  );
  expect(output).toMatch(/::error file=.*net\.test\.ts,.*line=7,column=15.*COMMAND_FAILED/);
  expect(output, "no frames of our own").not.toMatch(/❯ .*node_modules\/(@vitest-machines|vitest-machines)\//);

  const junit = await readFile(join(project.folder, "junit.xml"), "utf8");
  expect(junit).toContain("one&apos;s last commands");
  expect(junit).toContain("why-it-failed");

  const html = await htmlReport(join(project.folder, "html"));
  expect(html).toContain("one's last commands");
  expect(html).toContain("why-it-failed");
});

/** The HTML report keeps its data compressed beside the page. */
async function htmlReport(folder: string): Promise<string> {
  expect(existsSync(join(folder, "index.html"))).toBe(true);
  const data = (await readdir(folder)).find((name) => name.endsWith(".json.gz"));
  return gunzipSync(await readFile(join(folder, data ?? ""))).toString();
}
