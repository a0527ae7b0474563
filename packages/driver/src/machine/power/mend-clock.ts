import type { AgentSession, ClockStep } from "../../agent/session.ts";
import { printed } from "./settle.ts";

/** A guest takes the time from its hardware clock, without fractions of a second: until it is told, it is behind. */
const mostAheadMs = 300;

const clockSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/**
 * Linux measures at boot how fast its processor's counter (TSC) runs. Without KVM it is interrupted while it does, and on a busy
 * host it may find a tenth of the truth; from then on ten seconds pass in the guest while one does outside: time-outs are over too
 * early, and so is every retransmission. Such a guest is told to go by a timer that need not be measured.
 * @param step what setting its clock for the first time came to
 * @returns what to tell the user; undefined for a guest whose clock is right
 */
export async function mendClock(session: AgentSession, { steppedMs }: ClockStep): Promise<string | undefined> {
  if (steppedMs >= -mostAheadMs) return undefined;
  const { exitCode } = await printed(session, ["sh", "-c", `echo hpet > ${clockSource}`]);
  await session.setClock(Date.now());
  const found = `clock ran fast, and was ${(-steppedMs / 1000).toFixed(1)} s ahead after its boot`;
  return exitCode === 0
    ? `${found}; it goes by another timer now`
    : `${found}; it has no other timer, so waits in it end early`;
}
