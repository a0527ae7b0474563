import type { ExitStatus } from "@vitest-machines/host";
import { describeExit } from "../../qemu/describe-exit.ts";

export interface EndOfMachine {
  /** `reason` of QEMU's last SHUTDOWN event, undefined when there was none. */
  readonly shutdownReason: string | undefined;
  readonly status: ExitStatus;
  readonly console: string;
}

/** Why a machine ended, in words that follow "it is down:". Pure. */
export function endReason({ shutdownReason, status, console }: EndOfMachine): string {
  switch (shutdownReason) {
    case undefined:
      return `QEMU ${describeExit(status)}`;
    case "guest-shutdown":
      return "the guest powered off";
    case "guest-panic":
      return panic(console) ?? "the guest's kernel panicked";
    case "guest-reset":
      // With panic=-1 a kernel that panics resets the machine, and only the console tells the two apart.
      return panic(console) ?? "the guest restarted (only reboot() lets it do that)";
    case "host-signal":
      return "QEMU was told to end by a signal";
    default:
      return `QEMU shut down (${shutdownReason})`;
  }
}

/** The kernel says why in its first line, followed by more lines of registers than a report has room for. */
function panic(console: string): string | undefined {
  const [, why] = /Kernel panic - not syncing: (.*)/.exec(console) ?? [];
  return why === undefined ? undefined : `the guest's kernel panicked: ${why}`;
}
