export { MachinesError, isMachinesError } from "@vitest-machines/host";
export type { ErrorCode, Fact } from "@vitest-machines/host";
export { tiny } from "@vitest-machines/images";
export type { Image } from "@vitest-machines/images";
export { Cluster } from "@vitest-machines/driver";
export type * from "@vitest-machines/driver";
export { cluster } from "./cluster/cluster.ts";
export type { ClusterSuite } from "./cluster/cluster.ts";
export { defineCluster } from "./cluster/define-cluster.ts";
