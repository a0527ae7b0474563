import { invalid } from "@vitest-machines/host";

/** IPv6 needs 1280, IPv4 alone 68; switches pass no more than an Ethernet frame. */
const [lowest, highest] = [68, 1500];

/** @throws MachinesError DECLARATION_INVALID */
export function validateMtu(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw invalid({ path, value, reason: "is not an MTU", valid: `whole numbers from ${lowest} to ${highest}` });
}
