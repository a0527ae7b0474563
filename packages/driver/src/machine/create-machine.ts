import { Activity } from "./log/activity.ts";
import { Machine } from "./machine.ts";
import { Power } from "./power/power.ts";
import { ShellChoice } from "./run/shell.ts";
import type { MachineSetting } from "./setting.ts";

/** A machine's handle, and what only the cluster that owns it may touch. */
export function createMachine(setting: MachineSetting): {
  machine: Machine;
  power: Power;
  shell: ShellChoice;
  /** Closes what the machine's verbs have open on the host. */
  end: () => void;
} {
  const ended = new AbortController();
  const { node, trace, report, incidents, waitTimeoutMs, bootTimeoutMs } = setting;
  const power = new Power(setting);
  const shell = new ShellChoice();
  const machine = new Machine({
    name: node.name,
    power,
    activity: new Activity(),
    shell,
    trace,
    report,
    interfaces: node.interfaces,
    env: node.env ?? {},
    ended: ended.signal,
    incidents,
    hasUnits: setting.boot.settled !== undefined,
    waitedFor: new Set(),
    waitTimeoutMs,
    bootTimeoutMs,
    depth: 0,
  });
  return { machine, power, shell, end: () => ended.abort() };
}
