import { isMachinesError, MachinesError } from "@vitest-machines/host";

/**
 * Calls what complains in terms of code, and lets it complain about where a value is written instead.
 * @param called how the complaint begins
 * @param written the path in the file
 */
export function relocated<T>(called: string, written: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!isMachinesError(error)) throw error;
    const { code, summary, facts, hint } = error;
    const inFile = (text: string): string => text.replace(called, () => written);
    const path = inFile(String(facts["path"] ?? called));
    throw new MachinesError(code, inFile(summary), { facts: { path }, hint });
  }
}
