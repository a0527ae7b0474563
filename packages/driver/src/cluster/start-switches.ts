import { Deadline, type Lease, type MachinesError } from "@vitest-machines/host";
import { startSwitch } from "../network/vlan-switch.ts";
import type { SetUp } from "./set-up.ts";

/**
 * Starts the switches of all VLANs of a plan; the result is their folders, by VLAN.
 * @param onEnd called when a switch ends that nobody stopped
 * @throws TOOL_MISSING, SWITCH_FAILED, ABORTED
 */
export async function startSwitches(
  { plan, teardown, options }: SetUp,
  lease: Lease,
  onEnd: (error: MachinesError) => void,
): Promise<ReadonlyMap<number, string>> {
  let isStopping = false;
  teardown.add(() => {
    isStopping = true;
  });
  const deadline = Deadline.never(options.signal);
  const started = await Promise.all(
    plan.vlans.map((vlan) => {
      const machines = plan.nodes.filter(({ interfaces }) => interfaces.some((one) => one.vlan === vlan)).length;
      return startSwitch(lease, { vlan, cluster: plan.name, machines, deadline });
    }),
  );
  for (const { ended } of started) {
    void ended.then((error) => {
      if (!isStopping) onEnd(error);
    });
  }
  return new Map(started.map(({ vlan, folder }) => [vlan, folder]));
}
