import { invalid, onlyKnown } from "@vitest-machines/host";
import { parseAddress } from "../prefix.ts";

/** What a network says of its DHCP server, as far as that can be read without its machines. */
export interface DhcpOptions {
  /** A machine or an address; false for none. Undefined: the machine that is a router with this network inside. */
  readonly router?: string | false | undefined;
  /** A machine or an address. */
  readonly dns?: string | undefined;
  /** First and last address for cards that are no machine's. */
  readonly range?: readonly [string, string] | undefined;
}

const keys = ["router", "dns", "range"];

/** @returns undefined for a network without such a server @throws MachinesError DECLARATION_INVALID */
export function validateDhcp(value: unknown, path: string, ipv4: unknown): DhcpOptions | undefined {
  if (value === undefined || value === false) return undefined;
  if (ipv4 === false) {
    const valid = "a network with IPv4, or false";
    throw invalid({ path, value, reason: "is for IPv4, which the network does not have", valid });
  }
  if (value === true) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid({
      path,
      value,
      reason: "is not a choice",
      valid: `true, false, or an object with ${keys.join(", ")}`,
    });
  }
  onlyKnown(path, value, keys);
  const { router, dns, range } = value as Record<string, unknown>;
  return {
    ...(router !== undefined && { router: router === false ? false : validateWho(router, `${path}.router`) }),
    ...(dns !== undefined && { dns: validateWho(dns, `${path}.dns`) }),
    ...(range !== undefined && { range: validateRange(range, `${path}.range`) }),
  };
}

function validateWho(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw invalid({ path, value, reason: "is no machine and no address", valid: 'a machine, or "10.1.0.2"' });
}

function validateRange(value: unknown, path: string): readonly [string, string] {
  const [first, last, ...rest] = Array.isArray(value) ? (value as unknown[]).map(parseAddress) : [];
  if (first?.family === 4 && last?.family === 4 && rest.length === 0) return [first.address, last.address];
  const valid = 'its first and last address, such as ["10.1.0.100", "10.1.0.199"]';
  throw invalid({ path, value, reason: "is not a range of addresses", valid });
}
