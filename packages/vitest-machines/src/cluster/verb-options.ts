import type { Cluster, Machine } from "@vitest-machines/driver";

/** Verbs that wait, and therefore take `{ timeout, signal }` as their last argument. */
const waitingVerbs: readonly (keyof Machine | keyof Cluster)[] = [
  "reset",
  "checkpoint",
  "restore",
  "startAll",
  "joinAll",
  "start",
  "waitUntilReady",
  "shutdown",
  "crash",
  "reboot",
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

/** Lets a verb end with the test that calls it, besides with the caller's own signal. */
export function withTestSignal(method: string, args: readonly unknown[], signal: AbortSignal | undefined): unknown[] {
  if (signal === undefined || !(waitingVerbs as readonly string[]).includes(method)) return [...args];
  const last = args.at(-1);
  if (!isOptions(last)) return [...args, { signal }];
  return [...args.slice(0, -1), { ...last, signal: last.signal ? AbortSignal.any([last.signal, signal]) : signal }];
}

/** Commands may be lists, texts to wait for may be expressions; options are neither. */
function isOptions(value: unknown): value is { signal?: AbortSignal | undefined } {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
