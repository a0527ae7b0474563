import { describe, expect, it } from "vitest";
import { validateDeclaredCapture } from "../../../src/topology/capture/capture.ts";
import { validatePacketFilter } from "../../../src/topology/capture/packet-filter.ts";
import type { ClusterDeclaration } from "../../../src/topology/declaration.ts";
import { planCluster } from "../../../src/topology/plan-cluster.ts";
import { anImage } from "../an-image.ts";

const plan = (declaration: object) =>
  planCluster({ defaults: { image: anImage() }, ...declaration } as ClusterDeclaration);
const { networks, vlans } = plan({
  networks: { lan: {}, wan: {}, idle: { vlan: 9 } },
  nodes: { client: { vlans: ["lan"] }, router: { vlans: ["lan", "wan", 7] } },
});
const scope = { machines: ["client", "router"], networks, vlans };
const filter = (value: unknown) => validatePacketFilter(value, "filter", scope);
const capture = (value: unknown) => validateDeclaredCapture(value, scope);

describe("a filter for packets", () => {
  it("takes one value or several", () => {
    expect(filter({ network: "wan", protocol: ["dns", "mdns"], port: 53 })).toEqual({
      vlans: [2],
      direction: "out",
      protocols: ["dns", "mdns"],
      ports: [53],
    });
  });

  it("is about what was sent, unless it names a machine's card", () => {
    expect(filter({}).direction).toBe("out");
    expect(filter({ machine: "client" })).toMatchObject({ machines: ["client"], direction: "both" });
    expect(filter({ machine: { name: "client" }, direction: "in" }).direction).toBe("in");
  });

  it("names machines, addresses, networks and MACs", () => {
    expect(
      filter({ from: "client", to: ["10.0.0.7", "10.1.0.0/16", "52:54:00:12:01:AA", { name: "router" }] }),
    ).toEqual({
      direction: "out",
      from: [{ kind: "machine", name: "client" }],
      to: [
        { kind: "prefix", prefix: { address: "10.0.0.7", length: 32, family: 4 } },
        { kind: "prefix", prefix: { address: "10.1.0.0", length: 16, family: 4 } },
        { kind: "mac", mac: "52:54:00:12:01:aa" },
        { kind: "machine", name: "router" },
      ],
    });
  });

  it.each([
    [[], "filter: [] is not a filter for packets"],
    [{ proto: "dns" }, 'filter: "proto" is not an option'],
    [
      { network: "idle" },
      'filter.network: "idle" is not a network that a machine is on.\nValid: "lan", "wan", 1, 2, 7.',
    ],
    [{ network: [2, 4] }, "filter.network[1]: 4 is not a network that a machine is on"],
    [{ machine: "server" }, 'filter.machine: "server" is no machine of this cluster.\nValid: "client", "router".'],
    [{ direction: "sideways" }, 'filter.direction: "sideways" is not a direction'],
    [{ protocol: "http" }, 'filter.protocol: "http" is not a protocol that is understood'],
    [{ protocol: [] }, "filter.protocol: [] allows nothing"],
    [{ from: "nobody" }, 'filter.from: "nobody" is nobody whom a packet can be from or for'],
    [{ port: 70_000 }, "filter.port: 70000 is not a port"],
  ])("is refused as %j", (value, message) => {
    expect(() => filter(value)).toThrow(message);
  });
});

describe("`capture`", () => {
  it("means everything when it is true, and nothing when it is not there", () => {
    expect(capture(true)).toEqual({ vlans: [1, 2, 7], filter: { direction: "both" }, onFailure: true });
    expect(capture(false)).toBeUndefined();
    expect(capture(undefined)).toBeUndefined();
  });

  it("says which networks and packets", () => {
    expect(capture({ networks: [7, "wan", 2], filter: { protocol: "tcp" }, onFailure: false })).toEqual({
      vlans: [2, 7],
      filter: { direction: "both", protocols: ["tcp"] },
      onFailure: false,
    });
  });

  it.each([
    ["always", 'capture: "always" is not a way to capture'],
    [{ network: ["lan"] }, 'capture: "network" is not an option.\nValid: networks, filter, onFailure.'],
    [{ networks: [] }, "capture.networks: [] is not a list of networks"],
    [{ networks: ["dmz"] }, 'capture.networks[0]: "dmz" is not a network that a machine is on'],
    [{ filter: { port: -1 } }, "capture.filter.port: -1 is not a port"],
    [{ onFailure: 1 }, "capture.onFailure: 1 is not a choice"],
  ])("is refused as %j", (value, message) => {
    expect(() => capture(value)).toThrow(message);
  });

  it("is a part of a cluster's plan", () => {
    const nodes = { a: {}, b: {} };
    expect(plan({ nodes, capture: { networks: [1] } }).capture?.vlans).toEqual([1]);
    expect(plan({ nodes })).not.toHaveProperty("capture");
    expect(() => plan({ nodes, capture: { networks: [2] } })).toThrow("capture.networks[0]: 2 is not a network");
  });
});
