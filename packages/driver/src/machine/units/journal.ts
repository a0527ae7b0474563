import type { MachineContext } from "../context.ts";
import { look } from "./look.ts";

const lines = 30;
/** Reading a journal takes part of a second without KVM; it must not hold up the error that it belongs to. */
const timeoutMs = 15_000;

/** The end of a unit's journal, as an evidence block; none when it cannot be had. */
export async function unitJournal(context: MachineContext, unit: string, user?: string): Promise<string[]> {
  const which = user === undefined ? "--unit" : "--user-unit";
  const options = ["--no-pager", "--quiet", "--boot", "--output=short-monotonic", `--lines=${lines}`];
  try {
    const { stdout } = await look(context, ["journalctl", ...options, `${which}=${unit}`], { timeout: timeoutMs });
    return [
      stdout.trim() === "" ? `${unit}'s journal is empty` : `${unit}'s journal, last lines:\n${stdout.trimEnd()}`,
    ];
  } catch (error) {
    return [`${unit}'s journal could not be read: ${(error as Error).message.split("\n", 1)[0] ?? ""}`];
  }
}

/** SD_MESSAGE_UNIT_STARTED of sd-messages.h: what systemd logs when a start job is done. */
const started = "39f53479d3a045ac8e11786248231fbf";

/**
 * Whether a oneshot has done its work since the boot. systemd itself forgets a unit that has ended and that nothing refers
 * to, within a moment.
 */
export async function hasFinished(context: MachineContext, unit: string, user?: string): Promise<boolean> {
  const which = user === undefined ? `UNIT=${unit}` : `USER_UNIT=${unit}`;
  const query = ["--no-pager", "--quiet", "--boot", "--output=cat", "--lines=1", `MESSAGE_ID=${started}`, which];
  const { stdout } = await look(context, ["journalctl", ...query], { timeout: timeoutMs });
  // Of other services it says that they were started.
  return stdout.startsWith("Finished");
}
