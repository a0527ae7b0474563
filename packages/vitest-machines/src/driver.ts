/** Machines without a test runner: nothing here imports Vitest. */
export * from "@vitest-machines/driver";
export { isMachinesError, MachinesError } from "@vitest-machines/host";
export { debian, tiny } from "@vitest-machines/images";
