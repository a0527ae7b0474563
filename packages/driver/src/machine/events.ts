import type { StumbleKind } from "../topology/declaration.ts";

/** How far a machine has come since its start. */
export type MachinePhase =
  "off" | "starting" | "booting" | "configuring" | "addressing" | "settling" | "checking" | "ready" | "down";

/** What a machine reports on its own. */
export type MachineEvent =
  | {
      readonly type: "machine-phase";
      readonly machine: string;
      readonly phase: MachinePhase;
      readonly elapsedMs: number;
    }
  /** Something the user should know and that is not an error. */
  | { readonly type: "notice"; readonly text: string }
  /** It ended, and nobody had asked for it. */
  | { readonly type: "machine-down"; readonly machine: string; readonly error: Error }
  /** Its kernel found a mistake of its own, or a process of it dumped core, and nobody has allowed that. */
  | { readonly type: "machine-stumbled"; readonly machine: string; readonly kind: StumbleKind; readonly what: string }
  | { readonly type: "log"; readonly machine: string; readonly text: string; readonly depth: number };
