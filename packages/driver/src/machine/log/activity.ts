import type { CommandEntry } from "../../trace/entry.ts";

export type RecordedCommand = Omit<CommandEntry, "type" | "machine">;

/** The last commands of a machine. */
export class Activity {
  readonly #kept: number;
  #commands: RecordedCommand[] = [];

  constructor(kept = 10) {
    this.#kept = kept;
  }

  get commands(): readonly RecordedCommand[] {
    return this.#commands;
  }

  add(command: RecordedCommand): void {
    this.#commands = [...this.#commands.slice(1 - this.#kept), command];
  }
}
