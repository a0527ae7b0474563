import { invalid } from "@vitest-machines/host";
import type { GuestAddress } from "../../agent/session.ts";

/** A port of the machine itself, a port of any host that it can reach, or the path of a unix socket of its own. */
export type GuestTarget = number | { readonly host?: string | undefined; readonly port: number } | string;

/** What a target stands for. @throws MachinesError DECLARATION_INVALID */
export function guestAddress(target: GuestTarget): { address: GuestAddress; text: string } {
  if (typeof target === "string") {
    if (target.startsWith("/")) return { address: { kind: "unix", path: target }, text: target };
    const valid = "a port, { host, port } or an absolute path";
    throw invalid({ path: "target", value: target, reason: "is not the path of a socket", valid });
  }
  const { host = "localhost", port } = typeof target === "number" ? { port: target } : target;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) {
    return { address: { kind: "tcp", host, port }, text: `port ${port} of ${host}` };
  }
  throw invalid({ path: "port", value: port, reason: "is not a port", valid: "whole numbers from 1 to 65535" });
}
