import { nearest } from "@vitest-machines/host";
import * as v from "valibot";
import { keysAt } from "./keys-at.ts";
import type { Mistake } from "./mistake.ts";
import type { Path, Positions } from "./positions.ts";
import { clusterFileSchema, type ClusterFile } from "./schema.ts";

/** Checks keys and types. Returns the file's content, or everything that is wrong with it. */
export function checkStructure(value: unknown, positions: Positions): { file: ClusterFile } | { mistakes: Mistake[] } {
  const result = v.safeParse(clusterFileSchema, value);
  if (result.success) return { file: result.output };
  return { mistakes: result.issues.map((issue) => toMistake(issue, positions)) };
}

function toMistake(issue: v.BaseIssue<unknown>, positions: Positions): Mistake {
  const items = issue.path ?? [];
  const path = items.map(({ key }) => key as string | number);
  if (items.at(-1)?.origin !== "key") {
    const where = path.length === 0 ? "a cluster file" : show(path);
    return {
      ...positions.ofValue(path),
      text: `${where} must be ${expectation(issue)}, not ${words[issue.received] ?? issue.received}.`,
    };
  }
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  if (issue.expected !== "never") return { ...positions.ofValue(parent), text: `"${key}" is missing.` };

  const valid = keysAt(clusterFileSchema, parent);
  const meant = nearest(key, valid);
  const text = [
    `unknown key "${key}"${parent.length === 0 ? "" : ` in ${show(parent)}`}.`,
    ...(meant === undefined ? [] : [`Did you mean "${meant}"?`]),
    `Valid: ${valid.join(", ")}.`,
  ];
  return { ...positions.ofKey(path), text: text.join(" ") };
}

/** valibot's types in the words of YAML's authors. */
const words: Readonly<Record<string, string>> = {
  Object: "a map",
  Array: "a list",
  string: "a string",
  number: "a number",
  boolean: "true or false",
};

function expectation({ expected }: v.BaseIssue<unknown>): string {
  const types = (expected ?? "something else").replace(/[()]/g, "").split(" | ");
  return types.map((type) => words[type] ?? type).join(" or ");
}

function show(path: Path): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${part}`))
    .join("");
}
