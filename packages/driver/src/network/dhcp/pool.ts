import { toNumber } from "../../qemu/internet/gate/addresses.ts";
import type { DhcpPlan } from "../../topology/networks/dhcp/plan.ts";

/** Which address each card has, or is to have. */
export class Pool {
  readonly #declared: ReadonlyMap<string, number>;
  readonly #first: number;
  readonly #size: number;
  /** Nobody gets these from the range. */
  readonly #reserved: Set<number>;
  readonly #leases = new Map<string, number>();
  readonly #holders = new Map<number, string>();

  constructor({ leases, range, taken, address }: DhcpPlan) {
    this.#declared = new Map(Object.entries(leases).map(([mac, text]) => [mac, toNumber(text)]));
    const [first, last] = [toNumber(range[0]), toNumber(range[1])];
    this.#first = first;
    this.#size = last - first + 1;
    this.#reserved = new Set([...this.#declared.values(), ...taken.map(toNumber), toNumber(address)]);
  }

  /** What a card gets, the address that it would like if that can be. Undefined when there is none left. */
  addressFor(mac: string, wish: number | undefined): number | undefined {
    const known = this.#declared.get(mac) ?? this.#leases.get(mac);
    if (known !== undefined) return known;
    if (wish !== undefined && this.#isFree(wish, mac)) return wish;
    return this.#search(mac);
  }

  /** Whether a card may have this address; it has it from then on. */
  claim(mac: string, address: number): boolean {
    const declared = this.#declared.get(mac);
    if (declared !== undefined) return declared === address;
    if (!this.#isFree(address, mac)) return false;
    this.release(mac);
    this.#leases.set(mac, address);
    this.#holders.set(address, mac);
    return true;
  }

  release(mac: string): void {
    const address = this.#leases.get(mac);
    if (address === undefined) return;
    this.#leases.delete(mac);
    this.#holders.delete(address);
  }

  /** Somebody has this address already, whom nobody knows of: it is given to nobody any more. */
  decline(mac: string, address: number): void {
    this.release(mac);
    this.#reserved.add(address);
  }

  /** A card begins its search where its MAC says, so that a server without a memory, as after a fork, gives it the same again. */
  #search(mac: string): number | undefined {
    const start = [...Buffer.from(mac)].reduce((sum, byte) => (sum * 31 + byte) % this.#size, 0);
    for (let step = 0; step < this.#size; step++) {
      const address = this.#first + ((start + step) % this.#size);
      if (this.#isFree(address, mac)) return address;
    }
    return undefined;
  }

  #isFree(address: number, mac: string): boolean {
    const isInRange = address >= this.#first && address < this.#first + this.#size;
    return isInRange && !this.#reserved.has(address) && (this.#holders.get(address) ?? mac) === mac;
  }
}
