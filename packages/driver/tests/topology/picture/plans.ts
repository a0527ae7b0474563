import type { ClusterDeclaration } from "../../../src/topology/declaration.ts";
import { describeTopology, type Topology } from "../../../src/topology/picture/topology.ts";
import { planCluster } from "../../../src/topology/plan-cluster.ts";
import { anImage } from "../an-image.ts";

/** What is to be seen of a cluster whose machines nobody boots. */
export function topologyOf(declaration: object): Topology {
  return describeTopology(planCluster({ defaults: { image: anImage() }, ...declaration } as ClusterDeclaration));
}

/** Two networks with a router between them. */
export const office: Topology = topologyOf({
  name: "an office",
  networks: { lan: { ipv4: "10.1.0.0/16" }, wan: { ipv4: "203.0.113.0/24", ipv6: false, mtu: 1400 } },
  nodes: {
    client: { vlans: ["lan"], routes: [{ to: "default", via: "10.1.0.2" }], userNetwork: true },
    router: {
      cpus: 2,
      memory: "1G",
      interfaces: { inner: { network: "lan" }, outer: { network: "wan", addresses: ["203.0.113.1/24"] } },
      forwarding: true,
    },
    server: { interfaces: { eth1: { network: "wan", addresses: [] } }, disks: ["1G"] },
  },
});
