import { MachinesError } from "@vitest-machines/host";
import type { Card } from "../../network/faults/effective.ts";
import type { Fault } from "../../network/faults/fault.ts";

/**
 * Filters and partitions are made of VLANs of the switch, which tagged packets pass by.
 * @param cards that the fault is of
 * @throws HANDLE_MISUSE
 */
export function requireFaultable(
  fault: Pick<Fault, "kind"> & { readonly isDown?: boolean },
  cards: readonly Card[],
): void {
  const trunk = cards.find((card) => card.isTrunk);
  if (!trunk || fault.isDown === true) return;
  const { machine, name } = trunk;
  throw new MachinesError(
    "HANDLE_MISUSE",
    `no fault can be put on ${name} of ${machine}, which passes tagged packets.`,
    {
      machine,
      hint: "Its cable can be pulled: link.down(). Other faults belong on links without `tagged`, which a fault can name with `on`.",
    },
  );
}
