import type { Spares } from "@vitest-machines/driver";
import type { ProcessHost } from "@vitest-machines/host";
import { inject } from "vitest";
import { knock } from "../door/client.ts";
import { doorKey, type BootEvent, type DoorAddress, type DoorEvents } from "../door/protocol.ts";
import { pluginMissing } from "../door/plugin-missing.ts";
import { KeeperProcessHost } from "../keeper/client.ts";

/** What one cluster holds of the outside; closing it ends the cluster's processes, whatever else happens. */
export interface Connection {
  readonly processHost: ProcessHost;
  /** Forks that the keeper makes ahead of time. */
  readonly spares: Spares;
  /** Whether clusters may be forked from layers. */
  readonly layers: boolean;
  /** Tests will be run again, in watch mode. */
  readonly isWatching: boolean;
  /** The project's root. */
  readonly projectFolder: string;
  /** Folder for the cluster's trace. */
  readonly traceFolder: string;
  readonly report: (event: BootEvent) => void;
  readonly close: () => void;
}

/**
 * Reaches the keeper through Vitest's main process, which starts it for the first cluster of a run.
 * @throws PLUGIN_MISSING when the configuration has no machines() plugin; KEEPER_LOST, PROCESS_FAILED when it is not there
 */
export async function openConnection(cluster: string, events: DoorEvents): Promise<Connection> {
  const address = doorAddress();
  const door = await knock(address, events);
  try {
    const { keeper, traceFolder } = await door.call("enter", cluster);
    const processHost = await KeeperProcessHost.connect(keeper);
    const report = (event: BootEvent): void => door.tell("report", event);
    return {
      processHost,
      spares: processHost,
      layers: address.layers,
      isWatching: address.isWatching,
      projectFolder: address.root,
      traceFolder,
      report,
      close: () => {
        processHost.close();
        door.close();
      },
    };
  } catch (error) {
    door.close();
    throw error;
  }
}

function doorAddress(): DoorAddress {
  // Typed as always there, which holds only for projects that have the plugin.
  const address = inject(doorKey) as DoorAddress | undefined;
  if (address) return address;
  throw pluginMissing();
}
