import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { commands } from "../../packages/vitest-machines/src/cli/commands/index.ts";

const guide = fileURLToPath(new URL("../../examples/guide", import.meta.url));

/** What a recipe runs, whatever keeps it. */
function scriptsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return file.endsWith(".sh") ? [text] : collect(parse(text));
}

function collect(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === "run" && typeof value === "string") return [value];
    if (key === "script" && Array.isArray(value)) return value.map(String);
    return collect(value);
  });
}

const recipes = ["ci/github.yml", "ci/gitlab.yml", "first/install.sh"];

it("knows every recipe of the guide", () => {
  const found = ["ci", "first"].flatMap((folder) =>
    readdirSync(join(guide, folder)).map((name) => `${folder}/${name}`),
  );
  expect(found.sort()).toEqual(recipes);
});

it.each(recipes)("%s is shell that parses, and calls only commands that there are", (recipe) => {
  const scripts = scriptsOf(join(guide, recipe));
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) {
    expect(() => execFileSync("bash", ["-n"], { input: script, stdio: "pipe" })).not.toThrow();
    for (const [, name] of script.matchAll(/npx vitest-machines (\w+)/g))
      expect(commands.map((one) => one.name)).toContain(name);
  }
});
