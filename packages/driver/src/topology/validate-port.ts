import { invalid } from "@vitest-machines/host";

/** @throws MachinesError DECLARATION_INVALID */
export function validatePort(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw invalid({ path, value, reason: "is not a port", valid: "whole numbers from 1 to 65535" });
}
