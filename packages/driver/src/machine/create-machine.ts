import { Activity } from "./log/activity.ts";
import { Machine } from "./machine.ts";
import { Power } from "./power/power.ts";
import { ShellChoice } from "./run/shell.ts";
import type { MachineSetting } from "./setting.ts";

/** A machine's handle, and its power switch for the cluster that owns it. */
export function createMachine(setting: MachineSetting): { machine: Machine; power: Power } {
  const { node, trace, report, incidents, waitTimeoutMs, bootTimeoutMs } = setting;
  const power = new Power(setting);
  const machine = new Machine({
    name: node.name,
    power,
    activity: new Activity(),
    shell: new ShellChoice(),
    trace,
    report,
    incidents,
    waitTimeoutMs,
    bootTimeoutMs,
    depth: 0,
  });
  return { machine, power };
}
