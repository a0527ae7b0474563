import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { renderReport } from "../../src/cli/doctor/render-report.ts";

const ok: Finding = { id: "a", title: "flock", status: "ok", detail: "2.38", fix: "not needed" };
const warn: Finding = { id: "b", title: "accelerator", status: "warn", detail: "emulation", fix: "first\nsecond" };
const fail: Finding = { id: "c", title: "setpriv", status: "fail", detail: "missing" };

function render(findings: Finding[]): string {
  const canBoot = findings.every(({ status }) => status !== "fail");
  return stripVTControlCharacters(renderReport({ version: "1.2.3", node: "22.0.0", canBoot, findings }));
}

test("one line per finding, fixes below those that need one, the conclusion last", () => {
  expect(render([ok, warn])).toBe(
    [
      "vitest-machines 1.2.3, Node 22.0.0",
      "  ✓ flock        2.38",
      "  ! accelerator  emulation",
      "                 first",
      "                 second",
      "Clusters can boot here, with 1 thing to know, marked !.",
    ].join("\n"),
  );
});

test("the conclusion is plain when all is well, and plain when it is not", () => {
  expect(render([ok])).toMatch(/\nClusters can boot here\.$/);
  expect(render([ok, warn, fail])).toMatch(/\nNo cluster can boot here until what is marked ✗ is fixed\.$/);
});
