import { MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { unitJournal } from "./journal.ts";
import type { UnitOptions } from "./options.ts";
import { getUnitProperty } from "./get-unit-property.ts";

export async function requireUnitState(
  context: MachineContext,
  unit: string,
  state: string,
  options?: UnitOptions,
): Promise<void> {
  const found = await getUnitProperty(context, unit, "ActiveState", options);
  if (found === state) return;
  const summary = `${context.name}: ${unit} should be ${state}, and is ${found}.`;
  throw new MachinesError("UNIT_STATE", summary, {
    machine: context.name,
    facts: { unit, required: state, found },
    evidence: await unitJournal(context, unit, options?.user),
  });
}
