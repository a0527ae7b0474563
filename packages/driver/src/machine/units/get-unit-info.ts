import { MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { endText, outputBlocks } from "../run/describe.ts";
import type { UnitOptions } from "./options.ts";
import { systemctl } from "./systemctl.ts";

/** Everything that systemd tells of a unit, by property. @throws COMMAND_FAILED */
export function getUnitInfo(
  context: MachineContext,
  unit: string,
  options?: UnitOptions,
): Promise<Record<string, string>> {
  return show(context, unit, [], options);
}

/** Some properties of a unit, or all. */
export async function show(
  context: MachineContext,
  unit: string,
  properties: readonly string[],
  options?: UnitOptions,
): Promise<Record<string, string>> {
  const result = await systemctl(context, showArguments(unit, properties), options);
  if (result.exitCode === 0) return parseProperties(result.stdout);
  const summary = `${context.name}: systemd does not tell of ${unit}: systemctl ended with ${endText(result)}.`;
  throw new MachinesError("COMMAND_FAILED", summary, { machine: context.name, evidence: outputBlocks(result) });
}

/** For some properties of a unit, or all. */
export function showArguments(unit: string, properties: readonly string[]): string[] {
  const only = properties.length === 0 ? [] : [`--property=${properties.join(",")}`];
  return ["--no-pager", "show", ...only, "--", unit];
}

/** Lines such as `ActiveState=active`. A value that goes over several lines keeps its first. */
export function parseProperties(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = "", value = ""]) => [key, value]));
}
