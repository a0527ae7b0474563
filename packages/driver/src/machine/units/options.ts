import type { VerbOptions } from "../options.ts";

export interface UnitOptions extends VerbOptions {
  /** Asks the systemd of this user instead of the system's. The user must be logged in, or have linger enabled. */
  user?: string | undefined;
}
