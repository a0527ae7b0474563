import { MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { show } from "./get-unit-info.ts";
import type { UnitOptions } from "./options.ts";

export async function getUnitProperty(
  context: MachineContext,
  unit: string,
  property: string,
  options?: UnitOptions,
): Promise<string> {
  const value = (await show(context, unit, [property], options))[property];
  if (value !== undefined) return value;
  throw new MachinesError("UNIT_STATE", `${context.name}: ${unit} has no property ${property}.`, {
    machine: context.name,
    hint: "Names are those of `systemctl show`, such as ActiveState, MainPID or NRestarts.",
  });
}
