import { invalid, onlyKnown } from "@vitest-machines/host";
import { validatePacketFilter, vlanOf, type FilterPlan, type FilterScope, type PacketFilter } from "./packet-filter.ts";

/** What is recorded of a cluster's networks. */
export interface CaptureDeclaration extends CaptureOptions {
  /** Whether files are left only for suites in which a test failed; false leaves them always. Default true. */
  onFailure?: boolean | undefined;
}

export interface CaptureOptions {
  /** By number or name. Default: all that machines are on. */
  networks?: readonly (number | string)[] | undefined;
  /** Which packets are meant. Default: all; those that were sent and those that arrived. */
  filter?: PacketFilter | undefined;
}

export interface CapturePlan {
  /** Ascending. */
  readonly vlans: readonly number[];
  readonly filter: FilterPlan;
}

/** What a suite records by itself. */
export interface DeclaredCapture extends CapturePlan {
  readonly onFailure: boolean;
}

/** @returns undefined for none @throws MachinesError DECLARATION_INVALID */
export function validateDeclaredCapture(value: unknown, scope: FilterScope): DeclaredCapture | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true) return { ...validateCapture({}, "capture", scope), onFailure: true };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const valid = "true, false, or { networks, filter, onFailure }";
    throw invalid({ path: "capture", value, reason: "is not a way to capture", valid });
  }
  const { onFailure = true, ...options } = value as Record<string, unknown>;
  if (typeof onFailure !== "boolean") {
    throw invalid({ path: "capture.onFailure", value: onFailure, reason: "is not a choice", valid: "true, false" });
  }
  return { ...validateCapture(options, "capture", scope, ["onFailure"]), onFailure };
}

/** @param others keys that are understood elsewhere @throws MachinesError DECLARATION_INVALID */
export function validateCapture(
  options: Readonly<Record<string, unknown>>,
  path: string,
  scope: FilterScope,
  others: readonly string[] = [],
): CapturePlan {
  const { networks, filter } = options;
  onlyKnown(path, options, ["networks", "filter", ...others]);
  return {
    vlans: networks === undefined ? scope.vlans : validateCapturedNetworks(networks, `${path}.networks`, scope),
    // What was sent and never arrived shows only where both are recorded.
    filter:
      filter === undefined ? { direction: "both" } : validatePacketFilter(filter, `${path}.filter`, scope, "both"),
  };
}

function validateCapturedNetworks(value: unknown, path: string, scope: FilterScope): readonly number[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid({ path, value, reason: "is not a list of networks", valid: 'such as ["lan"], or [1]' });
  }
  const vlans = (value as unknown[]).map((one, index) => vlanOf(one, `${path}[${index}]`, scope));
  return [...new Set(vlans)].sort((a, b) => a - b);
}
