import type { MachineContext } from "./context.ts";

/** What every group of verbs starts from. */
export abstract class Verbs {
  readonly name: string;
  protected readonly context: MachineContext;

  constructor(context: MachineContext) {
    this.name = context.name;
    this.context = context;
  }
}
