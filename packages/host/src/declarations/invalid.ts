import { MachinesError } from "../errors/machines-error.ts";

/** What is wrong with a declaration, in the terms of its author. */
export interface Complaint {
  /** Where, such as `nodes.server.memory`. */
  path: string;
  value: unknown;
  /** Follows the value: `is not …`. */
  reason: string;
  /** What would be accepted. */
  valid: string;
  /** What to write instead, when it can be told. */
  fix?: string | undefined;
}

/** The DECLARATION_INVALID error for a complaint. */
export function invalid({ path, value, reason, valid, fix }: Complaint): MachinesError {
  return new MachinesError("DECLARATION_INVALID", `${path}: ${show(value)} ${reason}.`, {
    facts: { path },
    hint: [`Valid: ${valid}.`, ...(fix === undefined ? [] : [fix])].join("\n"),
  });
}

/** A value as a reader would have typed it. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint" || typeof value === "symbol") return value.toString();
  if (typeof value === "number" || value === undefined) return String(value);
  return JSON.stringify(value);
}
