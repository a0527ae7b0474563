import { isMachinesError, MachinesError } from "@vitest-machines/host";

/** One error for a boot, however many machines failed: Vitest would show an AggregateError as that many failures. */
export function bootError(error: unknown): Error {
  if (!(error instanceof AggregateError)) return error instanceof Error ? error : new Error(String(error));
  const errors: readonly unknown[] = error.errors;
  const [first] = errors.filter(isMachinesError);
  return new MachinesError(first?.code ?? "BOOT_FAILED", summary(errors), {
    facts: { failures: errors.length },
    evidence: errors.map((one) => (one instanceof Error ? one.message : String(one))),
    cause: error,
  });
}

function summary(errors: readonly unknown[]): string {
  const names = errors.filter(isMachinesError).flatMap(({ machine }) => (machine === undefined ? [] : [machine]));
  return names.length === 0 ? `${errors.length} things went wrong` : `${names.join(" and ")} did not boot`;
}
