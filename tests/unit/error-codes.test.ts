import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

it("the docs have every error code, and no other", () => {
  const source = read("packages/host/src/errors/machines-error.ts");
  const codes = /type ErrorCode =([^;]+);/.exec(source)?.[1] ?? "";
  const declared = [...codes.matchAll(/"(\w+)"/g)].map(([, code]) => code);
  const documented = [...read("docs/errors.md").matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
  expect(documented).toEqual(declared);
});
