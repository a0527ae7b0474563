import { randomUUID } from "node:crypto";
import {
  currentPidNamespace,
  hostBootId,
  isSameProcess,
  ownIdentity,
  type ProcessIdentity,
} from "@vitest-machines/host";

/**
 * The name of a file or folder that belongs to one process and one layer. The name says all, so that creating it is one
 * step: whoever sees it knows its owner.
 */
export interface OwnedName {
  readonly kind: string;
  readonly key: string;
  readonly owner: ProcessIdentity;
}

/** @returns a name that nobody else has */
export function makeOwnedName(kind: string, key: string, owner: ProcessIdentity = self()): string {
  const namespace = /\d+/.exec(owner.pidNamespace)?.[0] ?? "0";
  return [kind, key, owner.pid, owner.startTime, namespace, owner.bootId, randomUUID().slice(0, 8)].join(".");
}

/** @returns undefined for a name that `makeOwnedName` did not make */
export function parseOwnedName(name: string): OwnedName | undefined {
  const match = /^(\w+)\.([0-9a-z-]+)\.(\d+)\.(\d+)\.(\d+)\.([0-9a-f-]+)\.[0-9a-f]{8}$/.exec(name);
  if (match === null) return undefined;
  const [, kind = "", key = "", pid = "", startTime = "", namespace = "", bootId = ""] = match;
  return { kind, key, owner: { pid: Number(pid), startTime, bootId, pidNamespace: `pid:[${namespace}]` } };
}

/**
 * Whether the owner may still run. Of one in another pid namespace (another container that shares the folder) nobody can
 * tell, so what it made counts for `unseenForMs`.
 * @param age of what it made, in milliseconds
 */
export function mayLive(owner: ProcessIdentity, age: () => number, unseenForMs: number): boolean {
  const unseen = owner.bootId === hostBootId() && owner.pidNamespace !== currentPidNamespace();
  return unseen ? age() < unseenForMs : isSameProcess(owner);
}

let identity: ProcessIdentity | undefined;

function self(): ProcessIdentity {
  return (identity ??= ownIdentity());
}
