/** How far a machine has come since its start. */
export type MachinePhase = "off" | "starting" | "booting" | "configuring" | "ready" | "down";

/** What a machine reports on its own. */
export type MachineEvent =
  | {
      readonly type: "machine-phase";
      readonly machine: string;
      readonly phase: MachinePhase;
      readonly elapsedMs: number;
    }
  /** It ended, and nobody had asked for it. */
  | { readonly type: "machine-down"; readonly machine: string; readonly error: Error }
  | { readonly type: "log"; readonly machine: string; readonly text: string; readonly depth: number };
