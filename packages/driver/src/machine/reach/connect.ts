import { Deadline, isMachinesError, MachinesError } from "@vitest-machines/host";
import type { Duplex } from "node:stream";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { guestAddress, type GuestTarget } from "./guest-target.ts";

/** Opens a byte stream to a service as the guest reaches it; no network leads from the host to the guest. */
export async function connect(
  context: MachineContext,
  target: GuestTarget,
  { timeout = Infinity, signal }: VerbOptions = {},
): Promise<Duplex> {
  const { address, text } = guestAddress(target);
  const { life, agent } = await context.power.live(signal);
  const refused = (why: string, cause?: unknown): MachinesError =>
    new MachinesError("CONNECTION_FAILED", `${context.name}: no connection to ${text}: ${why}.`, {
      machine: context.name,
      facts: { target: text },
      cause,
    });
  const opening = agent.connect(address);
  try {
    const limit = Deadline.after(timeout, signal);
    return await life.guard(limit.race(opening, () => refused(`no answer within ${timeout} ms`)));
  } catch (error) {
    // What still comes of it has no owner.
    opening.then(
      (late) => late.destroy(),
      () => undefined,
    );
    if (isMachinesError(error) && error.code === "AGENT_REFUSED") throw refused(error.summary, error);
    throw error;
  }
}
