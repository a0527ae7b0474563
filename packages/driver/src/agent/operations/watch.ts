import { MachinesError } from "@vitest-machines/host";
import { agentRefused } from "../errors.ts";
import type { AgentLink } from "../link.ts";
import type { FieldList, Fields } from "../protocol/fields.ts";
import type { WaitObservation } from "../session.ts";

export interface WatchOptions {
  signal?: AbortSignal;
  onProgress?: (seen: WaitObservation) => void;
}

/**
 * An operation that goes on in the guest, telling what it sees, until it is done or given up.
 * @throws AGENT_REFUSED with the guest's reason; AGENT_LOST; ABORTED when the signal fires
 */
export function watchUntilDone(
  link: AgentLink,
  fields: FieldList,
  { signal, onProgress }: WatchOptions = {},
): Promise<Fields> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const onAbort = (): void => {
      stream.close();
      reject(aborted(signal));
    };
    const settle = (): void => signal?.removeEventListener("abort", onAbort);
    const stream = link.open(fields, {
      progress: (seen) => onProgress?.(readObservation(seen)),
      done: (answer) => {
        settle();
        resolve(answer);
      },
      refused: (reason) => {
        settle();
        reject(agentRefused(reason));
      },
      lost: (reason) => {
        settle();
        reject(reason);
      },
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

export function readObservation(fields: Fields): WaitObservation {
  return { attempts: fields.number("attempts") ?? 0, last: fields.text("last") ?? "" };
}

function aborted(signal: AbortSignal | undefined): MachinesError {
  const reason: unknown = signal?.reason;
  const why = reason instanceof Error ? reason.message : "the caller's signal fired";
  return new MachinesError("ABORTED", `stopped waiting: ${why}`, { cause: reason });
}
