import { parseAddress, withoutLength } from "../../topology/networks/prefix.ts";
import type { InterfacePlan } from "../../topology/plan.ts";

/** A network card of a machine, and thereby the link between it and its network. */
export interface Card {
  readonly machine: string;
  /** Name in the guest. */
  readonly interface: string;
  readonly vlan: number;
  readonly mac: string;
}

/** The part of a machine's plan that says how it is reached. */
export interface Addressed {
  readonly name: string;
  readonly interfaces: readonly InterfacePlan[];
}

/** Whose an address is, as far as machines were declared with it. */
export class AddressBook {
  /** Null: of several machines, so that it names none. */
  readonly #owners = new Map<string, string | null>();

  add({ name, interfaces }: Addressed): void {
    for (const { mac, addresses } of interfaces) {
      this.#add(mac, name);
      for (const address of addresses) this.#add(canonical(withoutLength(address)), name);
    }
  }

  /** The machine with an IP address or a MAC. */
  ownerOf(address: string | undefined): string | undefined {
    return (address === undefined ? undefined : this.#owners.get(address)) ?? undefined;
  }

  #add(address: string, machine: string): void {
    const before = this.#owners.get(address);
    this.#owners.set(address, before === undefined || before === machine ? machine : null);
  }
}

function canonical(address: string): string {
  return parseAddress(address)?.address ?? address;
}
