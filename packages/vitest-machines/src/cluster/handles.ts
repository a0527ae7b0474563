import { isMachinesError, MachinesError } from "@vitest-machines/host";
import { inspect } from "node:util";
import { CallSite } from "./call-site.ts";

export type Stage = "declared" | "booting" | "up" | "failed" | "ended";

/** What a handle stands for, and how far it is. */
export interface Target<T extends object> {
  /** For messages: `machine "server"`. */
  readonly label: string;
  readonly stage: () => Stage;
  /** Undefined unless the cluster is up. */
  readonly get: () => T | undefined;
  /** Members that exist before boot too. */
  readonly known: Readonly<Record<PropertyKey, unknown>>;
  /** Adapts a call to the test that it is made in. */
  readonly adapt: (method: string, args: unknown[]) => unknown[];
  /** Makes a handle of what a method returns, or its promise is for. */
  readonly adopt?: (method: string, result: unknown) => unknown;
}

/**
 * A handle that can be handed out at declaration, before there is anything to hold. Used too early or too late it throws
 * HANDLE_MISUSE at the line that used it.
 */
export function createHandle<T extends object>(target: Target<T>): T {
  const methods = new Map<string, unknown>();
  const read = (key: string | symbol): unknown => {
    if (Object.hasOwn(target.known, key)) return target.known[key];
    if (typeof key === "symbol") return key === inspect.custom ? () => describe(target) : undefined;
    // Looked up by `await` and JSON, not by the user; machines have neither.
    if (key === "then" || key === "toJSON") return undefined;
    const value = target.get();
    if (!value) throw misuse(target, key);
    const member: unknown = Reflect.get(value, key, value);
    if (typeof member !== "function") return member;
    if (!methods.has(key)) methods.set(key, call(target, key));
    return methods.get(key);
  };
  return new Proxy({} as T, {
    get: (_empty, key) => read(key),
    has: (_empty, key) => (typeof key === "string" && Object.hasOwn(target.known, key)) || key in (target.get() ?? {}),
    set: (_empty, key) => {
      throw new MachinesError("HANDLE_MISUSE", `${target.label} cannot be assigned to (${String(key)})`);
    },
    getPrototypeOf: () => (target.get() ? Reflect.getPrototypeOf(target.get() as T) : Object.prototype),
  });
}

/** Looks the method up anew at each call: in the next run it may belong to another object. */
function call<T extends object>(target: Target<T>, method: string): (...args: unknown[]) => unknown {
  const forward = (...args: unknown[]): unknown => {
    const site = CallSite.callerOf(forward);
    const value = target.get();
    if (!value) throw site.blame(misuse(target, method));
    const implementation = Reflect.get(value, method, value) as (...args: unknown[]) => unknown;
    const result = implementation.apply(value, target.adapt(method, args));
    if (!(result instanceof Promise)) return target.adopt ? target.adopt(method, result) : result;
    const pending: Promise<unknown> = result;
    return pending
      .then((one) => (target.adopt ? target.adopt(method, one) : one))
      .catch((error: unknown) => blame(site, error));
  };
  return Object.defineProperty(forward, "name", { value: method });
}

/** What a machine reports is about the line that asked for it; what is a bug of ours keeps its own stack. */
function blame(site: CallSite, error: unknown): never {
  throw isMachinesError(error) ? site.blame(error) : error;
}

const why: Record<Stage, string> = {
  declared: "before its cluster is booted: handles work in tests, and in hooks that are registered after cluster()",
  booting:
    "while its cluster is still booting: handles work in tests, and in hooks that are registered after cluster()",
  up: "although it does not exist",
  failed: "although its cluster did not boot: see the error of the suite",
  ended:
    "after its suite has ended: a cluster lives as long as the describe, or the file, that cluster() was called in",
};

function misuse<T extends object>(target: Target<T>, member: string): MachinesError {
  const stage = target.stage();
  return new MachinesError("HANDLE_MISUSE", `${target.label} was used (${member}) ${why[stage]}`, {
    facts: { member, stage },
  });
}

function describe<T extends object>(target: Target<T>): string {
  return `[${target.label}, ${target.stage()}]`;
}
