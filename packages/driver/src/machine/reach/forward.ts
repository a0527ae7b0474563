import type { MachineContext } from "../context.ts";
import { openDoor, type Forwarded } from "./door.ts";
import { guestAddress, type GuestTarget } from "./guest-target.ts";

/** Opens a door to a machine that is ready. */
export async function forward(context: MachineContext, target: GuestTarget): Promise<Forwarded> {
  guestAddress(target);
  await context.power.waitUntilReady();
  return openDoor(context, target);
}
