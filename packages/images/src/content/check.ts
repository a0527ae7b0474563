import { invalid, toMebibytes, type MachinesError } from "@vitest-machines/host";

/** The error for a part of what is declared. @param at where, such as `debian().files` */
export function refusal(at: string, value: unknown, reason: string, valid: string): MachinesError {
  return invalid({ path: at, value, reason, valid });
}

export function text(at: string, value: unknown): string {
  if (typeof value === "string" && !value.includes("\0")) return value;
  throw refusal(at, value, "is not text", "strings");
}

export function matching(at: string, value: unknown, pattern: RegExp, reason: string, valid: string): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw refusal(at, value, reason, valid);
}

export function record(at: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refusal(at, value, "is not an object", "an object");
}

export function list(at: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw refusal(at, value, "is not a list", "lists");
}

export function choice<T extends string>(at: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((known) => known === value);
  if (found !== undefined) return found;
  throw refusal(at, value, "is not a choice", choices.map((known) => JSON.stringify(known)).join(", "));
}

/** A path that says where a file is, and no more: neither `..` nor what a shell or a list of files would read otherwise. */
export function absolutePath(at: string, value: unknown): string {
  const valid = "absolute paths without . and .., such as /etc/nginx/nginx.conf";
  return matching(at, value, /^(\/(?!\.{1,2}(\/|$))[^/\0\n]+)+$/, "is not the path of a file", valid);
}

export function mode(at: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0o7777) return value;
  throw refusal(at, value, "is not a set of permissions", "numbers from 0 to 0o7777, such as 0o755");
}

export function owner(at: string, value: unknown): string {
  const pattern = /^[a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?$/;
  return matching(at, value, pattern, "is not an owner", '"user" or "user:group"');
}

export function uid(at: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value < 65_534) return value;
  throw refusal(at, value, "is not the number of a user", "whole numbers from 1 to 65533");
}

export function sizeMiB(at: string, value: unknown): number {
  const mebibytes = toMebibytes(value);
  if (mebibytes !== undefined && mebibytes >= 256 && mebibytes <= 1024 * 1024) return mebibytes;
  throw refusal(at, value, "is not the size of a disk", '"4G", "900M" or a number of MiB, from 256 MiB to 1 TiB');
}
