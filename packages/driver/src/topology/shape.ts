import type { ClusterDeclaration, NodeDeclaration } from "./declaration.ts";
import { invalid, onlyKnown } from "@vitest-machines/host";

// Written as records, so that a key added to a type and forgotten here does not compile.
const clusterKeys: Record<keyof ClusterDeclaration, true> = {
  name: true,
  nodes: true,
  defaults: true,
  networks: true,
  boot: true,
  bootTimeout: true,
  layers: true,
  clock: true,
  prepare: true,
  capture: true,
};
const nodeKeys: Record<keyof NodeDeclaration, true> = {
  image: true,
  memory: true,
  cpus: true,
  vlans: true,
  interfaces: true,
  routes: true,
  forwarding: true,
  router: true,
  disk: true,
  disks: true,
  userNetwork: true,
  internet: true,
  hostServices: true,
  users: true,
  files: true,
  shared: true,
  kernelParams: true,
  cpu: true,
  env: true,
  qemuArgs: true,
  forwardPorts: true,
  allow: true,
  ready: true,
};

/** Every key that a cluster declaration understands. */
export const clusterDeclarationKeys: readonly string[] = Object.keys(clusterKeys);
/** Every key that a node declaration understands. */
export const nodeDeclarationKeys: readonly string[] = Object.keys(nodeKeys);

export function validateClusterShape(value: unknown): asserts value is Record<keyof ClusterDeclaration, unknown> {
  validateObject(value, "cluster", clusterDeclarationKeys);
}

export function validateNodeShape(
  value: unknown,
  path: string,
): asserts value is Record<keyof NodeDeclaration, unknown> {
  const networks = "Which networks a machine is on is said by `vlans`, by number or name, or by `interfaces`.";
  validateObject(value, path, nodeDeclarationKeys, { network: networks, networks });
  const { image } = value as NodeDeclaration;
  if (image !== undefined && typeof (image as Partial<typeof image> | null)?.prepare !== "function") {
    throw invalid({ path: `${path}.image`, value: image, reason: "is not an image", valid: "an image such as tiny()" });
  }
}

export function validateNodesShape(value: unknown): asserts value is Record<string, unknown> {
  if (!isObject(value)) {
    throw invalid({ path: "nodes", value, reason: "is not an object", valid: "machines by name: { server: {} }" });
  }
  if (Object.keys(value).length === 0) {
    throw invalid({ path: "nodes", value, reason: "has no machine", valid: "at least one: { server: {} }" });
  }
}

function validateObject(
  value: unknown,
  path: string,
  keys: readonly string[],
  elsewhere?: Readonly<Record<string, string>>,
): void {
  if (!isObject(value)) {
    throw invalid({ path, value, reason: "is not an object", valid: `an object with ${keys.join(", ")}` });
  }
  onlyKnown(path, value, keys, elsewhere);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
