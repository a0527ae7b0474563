import { Activity } from "./log/activity.ts";
import type { MachineContext } from "./context.ts";
import { Machine } from "./machine.ts";
import { awaitReady } from "./power/await-ready.ts";
import { Power, type ReadyCheck } from "./power/power.ts";
import { openDeclaredDoors } from "./reach/forwarded.ts";
import { ShellChoice } from "./run/shell.ts";
import type { MachineSetting } from "./setting.ts";

/** A machine's handle, and what only the cluster that owns it may touch. */
export function createMachine(setting: MachineSetting): {
  machine: Machine;
  power: Power;
  shell: ShellChoice;
  /** Opens what the host is to reach of it. @throws PORT_UNAVAILABLE */
  openDoors: () => Promise<void>;
  /** Closes what the machine's verbs have open on the host. */
  end: () => void;
} {
  const ended = new AbortController();
  const { node, trace, report, incidents, waitTimeoutMs, bootTimeoutMs } = setting;
  const { ready } = node;
  const check: ReadyCheck | undefined =
    ready === undefined ? undefined : (life, deadline) => awaitReady(machine, ready, life, deadline);
  const power: Power = new Power(setting, check);
  const shell = new ShellChoice();
  const context: MachineContext = {
    name: node.name,
    power,
    activity: new Activity(),
    shell,
    trace,
    report,
    interfaces: node.interfaces,
    env: node.env ?? {},
    forwardPorts: node.forwardPorts ?? [],
    doors: new Map(),
    ended: ended.signal,
    incidents,
    stumbles: setting.stumbles,
    hasUnits: setting.boot.settled !== undefined,
    waitedFor: new Set(),
    waitTimeoutMs,
    bootTimeoutMs,
    depth: 0,
  };
  const machine = new Machine(context);
  return { machine, power, shell, openDoors: () => openDeclaredDoors(context), end: () => ended.abort() };
}
