import type { Machine } from "@vitest-machines/driver";
import { MachinesError } from "@vitest-machines/host";
import { pluginMissing } from "../door/plugin-missing.ts";
import { environmentRecord } from "./record.ts";

/**
 * The machines of the file's cluster, by their names; extend this interface to have them typed:
 * `declare module "vitest-machines/environment" { interface Machines { router: Machine } }`
 */
export interface Machines {
  readonly [name: string]: Machine;
}

/**
 * Machines of the YAML cluster that the `machines` environment boots for this file. They may be taken apart at the top
 * of the file and used in tests and hooks.
 * @throws HANDLE_MISUSE in a file without that environment, and for a name that the cluster does not have
 */
export const machines: Machines = new Proxy(
  {},
  {
    get: (_empty, name) => (typeof name === "string" ? machine(name) : undefined),
    has: (_empty, name) => typeof name === "string" && Object.hasOwn(handles(), name),
    ownKeys: () => Object.keys(handles()),
    getOwnPropertyDescriptor: (_empty, name) =>
      Object.hasOwn(handles(), name)
        ? { enumerable: true, configurable: true, value: machine(String(name)) }
        : undefined,
  },
);

function machine(name: string): Machine {
  const found = handles()[name];
  if (found) return found;
  throw new MachinesError("HANDLE_MISUSE", `the cluster of this file has no machine "${name}"`, {
    hint: `It has: ${Object.keys(handles()).join(", ")}.`,
  });
}

function handles(): Readonly<Record<string, Machine>> {
  const record = environmentRecord();
  if (record?.handles) return record.handles;
  if (record) throw pluginMissing();
  throw new MachinesError("HANDLE_MISUSE", "this file does not run in the machines environment", {
    hint: 'Put "// @vitest-environment machines" at its top and environmentOptions: { machines: { cluster: "./lab.yaml" } } in vitest.config.ts.',
  });
}
