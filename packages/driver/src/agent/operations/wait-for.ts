import { MachinesError } from "@vitest-machines/host";
import { agentRefused } from "../errors.ts";
import type { AgentLink } from "../link.ts";
import type { FieldList, Fields } from "../protocol/fields.ts";
import type { AgentSession, WaitObservation, WaitTarget } from "../session.ts";

/** @throws AGENT_LOST; ABORTED when the signal fires; AGENT_REFUSED for a target that cannot be waited for */
export function waitFor(
  link: AgentLink,
  ...[target, { gone = false, signal, onProgress } = {}]: Parameters<AgentSession["waitFor"]>
): Promise<WaitObservation> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const onAbort = (): void => {
      stream.close();
      reject(aborted(signal));
    };
    const settle = (): void => signal?.removeEventListener("abort", onAbort);
    const stream = link.open(waitFields(target, gone), {
      progress: (fields) => onProgress?.(readObservation(fields)),
      done: (fields) => {
        settle();
        resolve(readObservation(fields));
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

function waitFields(target: WaitTarget, gone: boolean): FieldList {
  const where =
    "path" in target
      ? ([["path", target.path]] as const)
      : ([
          ["host", target.host],
          ["port", target.port],
        ] as const);
  return [["op", "wait"], ["kind", target.kind], ...where, ["gone", gone ? 1 : 0]];
}

function readObservation(fields: Fields): WaitObservation {
  return { attempts: fields.number("attempts") ?? 0, last: fields.text("last") ?? "" };
}

function aborted(signal: AbortSignal | undefined): MachinesError {
  const reason: unknown = signal?.reason;
  const why = reason instanceof Error ? reason.message : "the caller's signal fired";
  return new MachinesError("ABORTED", `stopped waiting: ${why}`, { cause: reason });
}
