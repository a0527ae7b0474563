import { MachinesError } from "@vitest-machines/host";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { inject } from "vitest";
import { declare } from "../cluster/cluster.ts";
import { CallSite } from "../cluster/call-site.ts";
import { doorKey, type DoorAddress } from "../door/protocol.ts";
import { parseClusterFile } from "./cluster-file/parse.ts";
import { environmentRecord } from "./record.ts";

/** Declares the cluster of a YAML file for the test file that is about to be collected. */
export async function attachCluster(): Promise<void> {
  const record = environmentRecord();
  if (!record) return;
  const file = clusterFile(record.options);
  const declaration = parseClusterFile(await read(file), file);
  record.handles = declare(declaration, CallSite.place(file, 1, 1)).machines;
}

/** The path in the options, relative to the project's root. */
function clusterFile(options: unknown): string {
  const path: unknown = typeof options === "object" && options !== null ? Reflect.get(options, "cluster") : undefined;
  if (typeof path === "string" && path !== "")
    return resolve((inject(doorKey) as DoorAddress | undefined)?.root ?? ".", path);
  throw new MachinesError(
    "DECLARATION_INVALID",
    path === undefined
      ? "the machines environment has no cluster file to boot"
      : `the machines environment's option "cluster" must be a path, not ${JSON.stringify(path)}`,
    {
      hint: [
        "Name it in vitest.config.ts, relative to the root:",
        '  test: { environmentOptions: { machines: { cluster: "./lab.yaml" } } }',
        'or in the test file: // @vitest-environment-options {"cluster": "./lab.yaml"}',
      ].join("\n"),
    },
  );
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new MachinesError("DECLARATION_INVALID", `the cluster file cannot be read: ${(cause as Error).message}`, {
      cause,
      facts: { file },
      hint: "The path in environmentOptions.machines.cluster is relative to the project's root.",
    });
  }
}
