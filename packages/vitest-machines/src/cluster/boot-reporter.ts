import type { ClusterEvent, Origin } from "@vitest-machines/driver";
import type { BootEvent } from "../door/protocol.ts";

let lastBoot = 0;

/** Tells Vitest's main process how a boot goes, from the driver's events. */
export async function reportBoot<T>(
  cluster: string,
  nodes: readonly string[],
  report: (event: BootEvent) => void,
  run: (onEvent: (event: ClusterEvent) => void) => Promise<T>,
): Promise<T> {
  const boot = `${process.pid}-${++lastBoot}`;
  report({ kind: "booting", boot, cluster, nodes });
  try {
    let origin: Origin | undefined;
    const result = await run((event) => {
      if (event.type === "ready") origin = event.origin;
      const translated = translate(event, boot);
      if (translated) report(translated);
    });
    report({ kind: "up", boot, origin });
    return result;
  } catch (error) {
    report({ kind: "failed", boot });
    throw error;
  }
}

/** What of the driver's events a user wants to see; the trace has everything. */
function translate(event: ClusterEvent, boot: string): BootEvent | undefined {
  switch (event.type) {
    case "waiting":
      return { kind: "waiting", boot, reason: event.reason };
    case "image":
      return { kind: "image", boot, text: `image ${event.image}: ${event.phase}` };
    case "accelerator":
      return { kind: "notice", text: `accelerator ${event.accelerator}: ${event.reason}` };
    case "notice":
      return { kind: "notice", text: event.text };
    case "machine-phase":
      if (event.phase === "ready") return { kind: "ready", boot, node: event.machine, ms: event.elapsedMs };
      return { kind: "phase", boot, node: event.machine, phase: event.phase };
    default:
      return undefined;
  }
}
