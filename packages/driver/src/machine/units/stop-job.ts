import type { MachineContext } from "../context.ts";
import type { CommandResult } from "../options.ts";
import type { UnitOptions } from "./options.ts";
import { systemctl } from "./systemctl.ts";

export function stopJob(context: MachineContext, unit: string, options?: UnitOptions): Promise<CommandResult> {
  return systemctl(context, ["stop", unit], options);
}
