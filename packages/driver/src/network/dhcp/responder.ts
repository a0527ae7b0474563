import { toNumber } from "../../qemu/internet/gate/addresses.ts";
import type { DhcpPlan } from "../../topology/networks/dhcp/plan.ts";
import { ipText, macText } from "../packets/parse/addresses.ts";
import { options, type Query, type Reply } from "./message.ts";
import { Pool } from "./pool.ts";

/**
 * Ten years, in seconds: a layer may lie for long before it is forked, and there are clients that go by the wall clock. Each client
 * asks again when half of what it takes for the end has passed.
 */
export const leaseSeconds: number = 10 * 365 * 24 * 3600;

/** What comes of a message. */
export interface Response {
  /** Undefined: it is not answered. */
  readonly reply: Reply | undefined;
  /** For the log. */
  readonly words: string;
}

/** Answers DHCP messages (RFC 2131) as a plan says. It is the only server of its network. */
export class Responder {
  readonly #plan: DhcpPlan;
  readonly #pool: Pool;
  readonly #address: number;

  constructor(plan: DhcpPlan) {
    this.#plan = plan;
    this.#pool = new Pool(plan);
    this.#address = toNumber(plan.address);
  }

  respond(query: Query): Response {
    const mac = macText(query.mac);
    const { reply, why } = this.#reply(query, mac);
    const answer = reply && [reply.kind, ...(reply.yourAddress === 0 ? [] : [text(reply.yourAddress)])].join(" ");
    return { reply, words: `${mac} ${asked(query)}: ${[answer, why].filter(Boolean).join(", ")}` };
  }

  #reply(query: Query, mac: string): { reply?: Reply; why?: string } {
    const wish = query.requested ?? (query.clientAddress === 0 ? undefined : query.clientAddress);
    switch (query.kind) {
      case "DISCOVER": {
        const address = this.#pool.addressFor(mac, wish);
        if (address === undefined) return { why: "no address of the range is left" };
        return { reply: { kind: "OFFER", yourAddress: address, settings: this.#settings(address, true) } };
      }
      case "REQUEST":
        if (query.server !== undefined && query.server !== this.#address) {
          this.#pool.release(mac);
          return { why: `it takes the offer of ${text(query.server)}` };
        }
        if (wish === undefined) return { why: "it names no address" };
        if (this.#pool.claim(mac, wish)) {
          return { reply: { kind: "ACK", yourAddress: wish, settings: this.#settings(wish, true) } };
        }
        return { reply: this.#refusal(), why: this.#whyNot(mac) };
      case "INFORM":
        return { reply: { kind: "ACK", yourAddress: 0, settings: this.#settings(query.clientAddress, false) } };
      case "DECLINE":
        if (wish !== undefined) this.#pool.decline(mac, wish);
        return { why: "it says that somebody has that address" };
      case "RELEASE":
        this.#pool.release(mac);
        return { why: "noted" };
      default:
        return { why: "not for a server" };
    }
  }

  #whyNot(mac: string): string {
    const own = this.#plan.leases[mac];
    return own === undefined ? "not an address of the range that is free" : `its address is ${own}`;
  }

  #refusal(): Reply {
    return { kind: "NAK", yourAddress: 0, settings: new Map([[options.server, bytes(this.#address)]]) };
  }

  #settings(address: number, isLease: boolean): ReadonlyMap<number, Buffer> {
    const { length, router, dns, mtu } = this.#plan;
    const settings: [number, Buffer][] = [
      [options.server, bytes(this.#address)],
      [options.subnetMask, bytes(2 ** 32 - 2 ** (32 - length))],
    ];
    if (isLease) settings.push([options.leaseTime, bytes(leaseSeconds)]);
    // A router is no way out to itself.
    if (router !== undefined && toNumber(router) !== address) settings.push([options.router, bytes(toNumber(router))]);
    if (dns !== undefined) settings.push([options.resolver, bytes(toNumber(dns))]);
    if (mtu !== undefined) settings.push([options.mtu, Buffer.of(mtu >>> 8, mtu & 0xff)]);
    return new Map(settings);
  }
}

function asked({ kind, requested, clientAddress }: Query): string {
  const address = requested ?? clientAddress;
  return address === 0 ? kind : `${kind} ${text(address)}`;
}

function text(address: number): string {
  return ipText(bytes(address));
}

function bytes(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
