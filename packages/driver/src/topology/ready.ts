import { invalid } from "@vitest-machines/host";
import type { ReadyCondition } from "./declaration.ts";

const valid =
  'a command such as "test -e /run/ready", { port: 80 }, { unit: "nginx.service" }, or a function of the machine';

/** @throws MachinesError DECLARATION_INVALID */
export function validateReady(value: unknown, path: string): ReadyCondition {
  if (typeof value === "function") return value as (machine: never) => unknown;
  if (isText(value)) return value;
  if (typeof value === "object" && value !== null && Object.keys(value).length === 1) {
    const { port, unit } = value as { port?: unknown; unit?: unknown };
    if (isPort(port)) return { port };
    if (isText(unit)) return { unit };
  }
  throw invalid({ path, value, reason: "is not a condition", valid });
}

/** A condition as its author wrote it: a function's source text stands for the function. */
export function conditionText(condition: ReadyCondition): string {
  if (typeof condition === "function") return String(condition);
  if (typeof condition === "string") return condition;
  return "port" in condition ? `port ${condition.port}` : `unit ${condition.unit}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\0");
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535;
}
