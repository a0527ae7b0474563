import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("every code block of the docs that names a tested file is that file's text", () => {
  expect(() => execFileSync(process.execPath, ["scripts/snippets.mjs", "--check"], { cwd: root })).not.toThrow();
});

it("the README stays short enough to be read", () => {
  expect(readFileSync(`${root}/README.md`, "utf8").split("\n").length).toBeLessThanOrEqual(150);
});
