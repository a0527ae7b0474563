import { Deadline } from "@vitest-machines/host";
import type { QmpEvent } from "../../qemu/qmp/messages.ts";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { startedLife } from "../power/started-life.ts";
import { orTimeout } from "../wait/or-timeout.ts";

/** Waits for an event of QEMU that comes from now on. */
export async function waitForQmpEvent(
  context: MachineContext,
  wanted: string | ((event: QmpEvent) => boolean),
  options: VerbOptions = {},
): Promise<QmpEvent> {
  const life = await startedLife(context);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  const accepts = typeof wanted === "string" ? ({ event }: QmpEvent) => event === wanted : wanted;
  const what = typeof wanted === "string" ? `the QMP event ${wanted}` : "a QMP event";
  const seen: string[] = [];
  let stop = (): void => undefined;
  const appeared = new Promise<QmpEvent>((resolve) => {
    stop = life.qemu.qmp.onEvent((event) => {
      seen.push(event.event);
      if (accepts(event)) resolve(event);
    });
  });
  try {
    const report = () => ({ what, last: seen.length === 0 ? "no event came" : `others came: ${seen.join(", ")}` });
    const event = await orTimeout(context, deadline, life.guard(appeared), report);
    const result = { what, ok: true, last: event.event, durationMs: deadline.elapsed };
    context.trace.add({ type: "wait", machine: context.name, ...result });
    return event;
  } finally {
    stop();
  }
}
