import { MachinesError } from "@vitest-machines/host";
import { connect } from "../rpc/connect.ts";
import { createPeer, type Peer } from "../rpc/peer.ts";
import type { DoorAddress, DoorCalls, DoorEvents } from "./protocol.ts";

/** Connects a worker to Vitest's main process. @throws KEEPER_LOST when that is gone */
export async function knock(address: DoorAddress, events: DoorEvents): Promise<Peer<DoorCalls>> {
  const lost = (cause?: unknown): MachinesError =>
    new MachinesError("KEEPER_LOST", "Vitest's main process, which starts machines, does not answer", {
      cause,
      facts: { socket: address.socket },
      hint: "It was probably ended while this worker still ran. Run the tests again.",
    });
  const socket = await connect(address.socket).catch((cause: unknown) => {
    throw lost(cause);
  });
  return createPeer<DoorCalls>(socket, events, { onLost: lost, unrefWhenIdle: true });
}
