import { MachinesError } from "@vitest-machines/host";

export interface FailedCopy {
  readonly machine: string;
  readonly source: string;
  readonly target: string;
}

/** COPY_FAILED for whatever went wrong, except what already says enough: the machine's end and the caller's signal. */
export function copyError({ machine, source, target }: FailedCopy, cause: unknown): unknown {
  if (cause instanceof MachinesError && ["ABORTED", "COPY_FAILED", "MACHINE_DOWN", "WAIT_TIMEOUT"].includes(cause.code))
    return cause;
  const why = cause instanceof MachinesError ? cause.summary : cause instanceof Error ? cause.message : String(cause);
  return new MachinesError("COPY_FAILED", `${machine}: ${source} could not be copied to ${target}: ${why}`, {
    machine,
    facts: { source, target },
    cause,
  });
}
