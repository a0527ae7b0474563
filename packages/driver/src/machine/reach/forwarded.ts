import { MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { openDoor, type DoorAddress } from "./door.ts";

/** Opens the doors of a machine's declaration, all or none. @throws PORT_UNAVAILABLE */
export async function openDeclaredDoors(context: MachineContext): Promise<void> {
  for (const { host, guest } of context.forwardPorts) {
    const { port } = await openDoor(context, guest, host);
    if (!context.doors.has(guest)) context.doors.set(guest, { host: "127.0.0.1", port });
  }
}

/** Where the host finds a port of the guest that was declared in `forwardPorts`. */
export function forwarded({ name, doors }: MachineContext, guest: number): DoorAddress {
  const door = doors.get(guest);
  if (door) return door;
  const known = doors.size === 0 ? "It has none." : `There are: ${[...doors.keys()].join(", ")}.`;
  throw new MachinesError("HANDLE_MISUSE", `${name} has no port ${guest} in its \`forwardPorts\`.`, {
    machine: name,
    hint: `${known} \`await ${name}.forward(${guest})\` opens a door for one test.`,
  });
}
