import type { Response } from "undici";
import type { Duplex } from "node:stream";
import type { VerbOptions } from "../options.ts";
import { UnitVerbs } from "../units/unit-verbs.ts";
import { connect } from "./connect.ts";
import { fetchThrough, type GuestFetchOptions } from "./fetch.ts";
import type { DoorAddress, Forwarded } from "./door.ts";
import { forward } from "./forward.ts";
import { forwarded } from "./forwarded.ts";
import type { GuestTarget } from "./guest-target.ts";

/** Host code meets guest services, through the agent: there is no network between host and guest, and none is needed. */
export abstract class ReachVerbs extends UnitVerbs {
  /**
   * Opens a byte stream to a port of the machine, to `{ host, port }` as the machine reaches it, or to a unix socket by path.
   * @throws CONNECTION_FAILED when nobody answers there
   */
  connect(target: GuestTarget, options?: VerbOptions): Promise<Duplex> {
    return connect(this.context, target, options);
  }

  /**
   * The platform's `fetch` as if it were called on the machine: `http://localhost/` is the machine itself, other names are
   * those that it knows. `{ ca }` names authorities for https.
   * @throws CONNECTION_FAILED, also when TLS does not trust the service; and what `fetch` throws
   */
  fetch(url: string | URL, options?: GuestFetchOptions): Promise<Response> {
    return fetchThrough(this.context, url, options);
  }

  /** A free port on the host's loopback that leads to a service of the guest, for clients that insist on a port. */
  forward(target: GuestTarget): Promise<Forwarded> {
    return forward(this.context, target);
  }

  /**
   * Where the host finds a port of the guest that the declaration's `forwardPorts` names; the first, if it has several.
   * @throws HANDLE_MISUSE for a port that is not there
   */
  forwarded(port: number): DoorAddress {
    return forwarded(this.context, port);
  }
}
