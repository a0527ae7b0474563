import type { Lease } from "@vitest-machines/host";
import { join } from "node:path";
import type { MachineSetting } from "../../machine/setting.ts";
import { Captures } from "../../network/packets/captures.ts";
import type { SetUp } from "../set-up.ts";
import { PacketEvidence } from "./packet-evidence.ts";

/** What is recorded is beside the trace, which is on a disk: memory is what machines need most. */
export function openCaptures({ plan, options }: SetUp, lease: Lease, waitTimeoutMs: number): Captures {
  return new Captures({ plan, waitTimeoutMs, folder: join(options.traceFolder ?? lease.folder, "packets.raw") });
}

/** Makes each run of a machine known to captures, before its guest sends anything. */
export function joining(captures: Captures): NonNullable<MachineSetting["beforeRun"]> {
  return (node, { qemu, qemuLog, down }) => captures.join({ node, qmp: qemu.qmp, log: qemuLog, down });
}

/** Begins to record what the cluster is declared to. @throws CAPTURE_FAILED */
export async function recordPackets(
  { plan, trace, options }: SetUp,
  captures: Captures,
): Promise<PacketEvidence | undefined> {
  const { capture: declared } = plan;
  return declared && PacketEvidence.begin({ captures, declared, plan, trace, folder: options.traceFolder });
}
