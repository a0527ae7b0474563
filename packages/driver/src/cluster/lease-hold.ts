import type { Lease } from "@vitest-machines/host";

/** A cluster's lease, which ends with the cluster unless it is passed on. */
export class LeaseHold {
  readonly lease: Lease;
  #isOurs = true;

  constructor(lease: Lease) {
    this.lease = lease;
  }

  /** Somebody else releases it from now on. */
  passOn(): void {
    this.#isOurs = false;
  }

  async release(): Promise<void> {
    if (this.#isOurs) await this.lease.release();
  }
}
