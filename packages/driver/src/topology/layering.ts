import { clockModes, type BootMode, type ClockMode, type PrepareDeclaration } from "./declaration.ts";
import { invalid, onlyKnown } from "@vitest-machines/host";
import type { ClusterPlan } from "./plan.ts";

/** What a cluster says about its freezing and forking. */
export interface LayeringDeclaration {
  readonly layers?: unknown;
  readonly clock?: unknown;
  readonly prepare?: unknown;
}

/** @throws MachinesError DECLARATION_INVALID */
export function validateLayering(
  { layers, clock, prepare }: LayeringDeclaration,
  boot: BootMode,
): Pick<ClusterPlan, "layers" | "clock" | "prepare"> {
  if (layers !== undefined && typeof layers !== "boolean") {
    throw invalid({ path: "layers", value: layers, reason: "is neither true nor false", valid: "true, false" });
  }
  if (boot === "manual" && layers === true) {
    const reason = 'cannot be with boot: "manual": a cluster is frozen when all of its machines are ready';
    throw invalid({ path: "layers", value: layers, reason, valid: 'false, or boot: "all"' });
  }
  if (boot === "manual" && prepare !== undefined) {
    const reason = 'cannot be with boot: "manual": it is run when all machines are ready';
    throw invalid({ path: "prepare", value: "…", reason, valid: 'no prepare, or boot: "all"' });
  }
  return {
    layers: layers ?? boot === "all",
    clock: validateClock(clock),
    prepare: prepare === undefined ? undefined : validatePrepare(prepare),
  };
}

function validateClock(value: unknown): ClockMode {
  const mode = clockModes.find((known) => known === (value ?? "host"));
  if (mode !== undefined) return mode;
  const valid = clockModes.map((known) => JSON.stringify(known)).join(", ");
  throw invalid({ path: "clock", value, reason: "is not a kind of clock", valid });
}

function validatePrepare(value: unknown): PrepareDeclaration {
  const valid = '{ key: "what-it-makes", run: async ({ server }) => { … } }';
  if (typeof value !== "object" || value === null) {
    throw invalid({ path: "prepare", value, reason: "is not an object", valid });
  }
  onlyKnown("prepare", value, ["key", "run", "timeout"]);
  const { key, run, timeout } = value as Record<string, unknown>;
  if (typeof key !== "string" || key === "") {
    throw invalid({ path: "prepare.key", value: key, reason: "is not a name for what is prepared", valid });
  }
  if (typeof run !== "function") {
    throw invalid({ path: "prepare.run", value: run, reason: "is not a function", valid });
  }
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) {
    const range = "milliseconds, more than 0; Infinity for no limit";
    throw invalid({ path: "prepare.timeout", value: timeout, reason: "is not a duration", valid: range });
  }
  return { key, timeout, run: run as PrepareDeclaration["run"] };
}
