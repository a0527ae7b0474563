import type { MachineContext } from "../context.ts";

/** Everything on the console since the machine's last start; empty when it never ran. */
export function consoleText({ power }: MachineContext): string {
  return power.life?.console.text ?? "";
}
