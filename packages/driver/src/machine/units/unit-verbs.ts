import type { CommandResult } from "../options.ts";
import { Verbs } from "../verbs.ts";
import { getUnitInfo } from "./get-unit-info.ts";
import { getUnitProperty } from "./get-unit-property.ts";
import type { UnitOptions } from "./options.ts";
import { requireUnitState } from "./require-unit-state.ts";
import { startJob } from "./start-job.ts";
import { stopJob } from "./stop-job.ts";
import { systemctl } from "./systemctl.ts";
import { waitForUnit } from "./wait-for-unit.ts";

/** The verbs about systemd's units. They take `{ user }` as well, and then ask that user's systemd. */
export abstract class UnitVerbs extends Verbs {
  /**
   * Waits until a unit is active. A oneshot that has done its work counts, whether it stays active or not. A unit that has
   * failed, or that nothing has started for three seconds, ends the wait at once, with the end of its journal.
   * @throws WAIT_TIMEOUT, UNIT_STATE
   */
  waitForUnit(unit: string, options?: UnitOptions): Promise<void> {
    return waitForUnit(this.context, unit, options);
  }

  /** Runs `systemctl` with these arguments, as one text or as a list, whatever its exit code. */
  systemctl(query: string | readonly string[], options?: UnitOptions): Promise<CommandResult> {
    return systemctl(this.context, query, options);
  }

  /** Starts a unit and waits until its start job is done, whatever comes of it. */
  startJob(unit: string, options?: UnitOptions): Promise<CommandResult> {
    return startJob(this.context, unit, options);
  }

  /** Stops a unit and waits until its stop job is done, whatever comes of it. */
  stopJob(unit: string, options?: UnitOptions): Promise<CommandResult> {
    return stopJob(this.context, unit, options);
  }

  /** All properties of a unit, as `systemctl show` names them. @throws COMMAND_FAILED */
  getUnitInfo(unit: string, options?: UnitOptions): Promise<Record<string, string>> {
    return getUnitInfo(this.context, unit, options);
  }

  /** One property of a unit, such as `MainPID`. @throws UNIT_STATE when there is none of that name; COMMAND_FAILED */
  getUnitProperty(unit: string, property: string, options?: UnitOptions): Promise<string> {
    return getUnitProperty(this.context, unit, property, options);
  }

  /** Checks a unit's `ActiveState`, now. @param state Default `"active"`. @throws UNIT_STATE with the end of its journal */
  requireUnitState(unit: string, state: string = "active", options?: UnitOptions): Promise<void> {
    return requireUnitState(this.context, unit, state, options);
  }
}
