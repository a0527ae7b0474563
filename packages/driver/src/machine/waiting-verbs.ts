import type { Machine } from "./machine.ts";

/** Verbs that wait, and therefore take `{ timeout, signal }` as their last argument. */
const waitingVerbs: readonly (keyof Machine)[] = [
  "start",
  "waitUntilReady",
  "shutdown",
  "crash",
  "reboot",
  "reconnect",
  "execute",
  "succeed",
  "fail",
  "waitUntilSucceeds",
  "waitUntilFails",
  "waitForFile",
  "waitForOpenPort",
  "waitForOpenUnixSocket",
  "waitForQmpEvent",
  "connect",
  "fetch",
  "getTtyText",
  "waitUntilTtyMatches",
  "waitForClosedPort",
  "waitForConsoleText",
  "waitForShutdown",
  "waitForUnit",
  "systemctl",
  "startJob",
  "stopJob",
  "getUnitInfo",
  "getUnitProperty",
  "requireUnitState",
  "copyFromHost",
  "copyToHost",
  "sleep",
];

/** The same of a cluster. */
const waitingClusterVerbs: readonly string[] = [
  "reset",
  "checkpoint",
  "restore",
  "startAll",
  "joinAll",
  "pollingCondition",
  "createMachine",
];

/** The same of a network and its links. */
const waitingNetworkVerbs: readonly string[] = ["down", "up", "set", "heal", "inject", "capture", "packets"];

/** Verbs whose first argument may look like options, and is none. */
const objectFirst: readonly string[] = ["connect", "createMachine", "set", "inject"];

/** Whether a verb takes `{ timeout, signal }` as its last argument. */
export function isWaiting(method: string): boolean {
  return [waitingVerbs, waitingClusterVerbs, waitingNetworkVerbs].some((verbs: readonly string[]) =>
    verbs.includes(method),
  );
}

/** The arguments of a verb that ends with a signal, besides with the caller's own; of other verbs, as they are. */
export function withSignal(method: string, args: readonly unknown[], signal: AbortSignal | undefined): unknown[] {
  if (signal === undefined || !isWaiting(method)) return [...args];
  const last = optionsOf(method, args);
  if (!last) return [...args, { signal }];
  return [...args.slice(0, -1), { ...last, signal: last.signal ? AbortSignal.any([last.signal, signal]) : signal }];
}

/** The caller's own signal among the arguments of a verb. */
export function signalIn(method: string, args: readonly unknown[]): AbortSignal | undefined {
  return optionsOf(method, args)?.signal;
}

interface Options {
  signal?: AbortSignal | undefined;
}

function optionsOf(method: string, args: readonly unknown[]): Options | undefined {
  const last = args.at(-1);
  return isOptions(last) && (args.length > 1 || !objectFirst.includes(method)) ? last : undefined;
}

/** Commands may be lists, texts to wait for may be expressions; options are neither. */
function isOptions(value: unknown): value is Options {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
