import type { Machine } from "../machine.ts";
import { isWaiting, signalIn, withSignal } from "../waiting-verbs.ts";
import type { Conditions } from "./conditions.ts";

/** Verbs that are over at once: nothing of them can be ended, but they are verbs. */
const quickVerbs: readonly (keyof Machine)[] = [
  "block",
  "unblock",
  "qmp",
  "sendMonitorCommand",
  "sendConsole",
  "sendKey",
  "sendChars",
  "dumpTtyContents",
  "forward",
];

/** A machine whose verbs look at the cluster's conditions. */
export function watched<M extends Machine>(machine: M, conditions: Conditions): M {
  const verbs = new Map<PropertyKey, unknown>();
  return new Proxy(machine, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function" || typeof key !== "string") return member;
      if (!verbs.has(key)) verbs.set(key, verb(target, key, member as Verb, conditions));
      return verbs.get(key);
    },
  });
}

type Verb = (...args: unknown[]) => unknown;

function verb(machine: Machine, name: string, method: Verb, conditions: Conditions): Verb {
  if (!isWaiting(name) && !(quickVerbs as readonly string[]).includes(name)) return method.bind(machine);
  return (...args) =>
    conditions.watch(signalIn(name, args), (signal) => method.apply(machine, withSignal(name, args, signal)));
}
