import { MachinesError, isMachinesError, type MachinesErrorDetails } from "@vitest-machines/host";

/** An error as it crosses a socket: JSON would turn an Error into `{}`. */
export interface WireError {
  readonly $error: "machines" | "plain";
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly machines?: {
    readonly code: MachinesError["code"];
    readonly summary: string;
    readonly details: Omit<MachinesErrorDetails, "cause">;
  };
}

export function packError(error: Error): WireError {
  const plain = { name: error.name, message: error.message, stack: error.stack };
  if (!isMachinesError(error)) return { $error: "plain", ...plain };
  const { code, summary, machine, facts, evidence, hint } = error;
  return { $error: "machines", ...plain, machines: { code, summary, details: { machine, facts, evidence, hint } } };
}

export function unpackError(wire: WireError): Error {
  const error = wire.machines
    ? new MachinesError(wire.machines.code, wire.machines.summary, wire.machines.details)
    : Object.assign(new Error(wire.message), { name: wire.name });
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

export function isWireError(value: unknown): value is WireError {
  return typeof value === "object" && value !== null && "$error" in value;
}
