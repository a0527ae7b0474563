import { describe, expect, it } from "vitest";
import type { NodeDeclaration } from "../../src/topology/declaration.ts";
import { configurationOf } from "../../src/topology/guest-configuration.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { planCreated } from "../../src/topology/plan-created.ts";
import { anImage } from "./an-image.ts";

const image = anImage();
const planOf = (own: NodeDeclaration, defaults: NodeDeclaration = {}) => {
  const [node] = planCluster({ defaults: { image, ...defaults }, nodes: { a: own, b: {} } }).nodes;
  if (!node) throw new Error("there is no node");
  return node;
};
const complaint = (own: NodeDeclaration, defaults?: NodeDeclaration): string => {
  try {
    planOf(own, defaults);
  } catch (error) {
    return (error as Error).message;
  }
  return "it was accepted";
};

describe("internet", () => {
  it("is a card, a default route and a resolver; without it there is none of them", () => {
    const node = planOf({ internet: true });
    expect(node.userCard).toEqual({ name: "eth0", mac: "52:54:00:12:00:01", ipv4: "10.0.2.15/24", internet: {} });
    expect(configurationOf(node)).toMatchObject({ routes: [{ to: "default", via: "10.0.2.2" }], resolver: "10.0.2.3" });
    for (const own of [{}, { internet: false }, { userNetwork: true }, { hostServices: { registry: 5000 } }]) {
      expect(planOf(own).userCard?.internet).toBeUndefined();
      expect(configurationOf(planOf(own)).routes).toEqual([]);
      expect(configurationOf(planOf(own))).not.toHaveProperty("resolver");
    }
    expect(planOf({}).userCard).toBeUndefined();
    expect(planOf({ internet: false }, { internet: true }).userCard).toBeUndefined();
  });

  it("leaves a way out that the author has named, and the resolver's file", () => {
    const routes = [{ to: "default", via: "192.168.1.2" }];
    expect(configurationOf(planOf({ internet: true, routes })).routes).toEqual(routes);
    const ipv6 = [{ to: "default", via: "2001:db8:1::2" }];
    expect(configurationOf(planOf({ internet: true, routes: ipv6 })).routes).toHaveLength(2);
    const files = { "/etc/resolv.conf": "nameserver 192.0.2.53\n" };
    expect(configurationOf(planOf({ internet: true, files }))).not.toHaveProperty("resolver");
  });

  it("may have a port of the host that answers queries", () => {
    expect(planOf({ internet: { dns: 5353 } }).userCard?.internet).toEqual({ dnsPort: 5353 });
    expect(planOf({ internet: {} }).userCard?.internet).toEqual({});
  });

  it("is refused when it cannot be", () => {
    const internet = (value: unknown): string => complaint({ internet: value as boolean });
    expect(internet("yes")).toContain('nodes.a.internet: "yes" is no way to the internet.\nValid: true, false, or');
    expect(internet(null)).toContain("nodes.a.internet: null is no way");
    expect(internet({ resolver: 1 })).toContain('nodes.a.internet: "resolver" is not an option.\nValid: dns.');
    expect(internet({ dns: "127.0.0.1" })).toContain('nodes.a.internet.dns: "127.0.0.1" is not a port.');
    expect(complaint({}, { internet: { dns: 0 } })).toContain("defaults.internet.dns: 0 is not a port.");
    expect(complaint({ internet: true, interfaces: { eth0: { network: 1 } } })).toContain("eth0");
  });
});

describe("services of the host", () => {
  it("are names at an address that stands for the host's loopback", () => {
    const node = planOf({ hostServices: { registry: 5000, "mirror.example": 8080 } });
    expect(node.userCard?.services).toEqual([
      { name: "mirror.example", port: 8080 },
      { name: "registry", port: 5000 },
    ]);
    expect(node.hosts).toMatch(/\n10\.0\.2\.4 mirror\.example\n10\.0\.2\.4 registry\n$/);
    expect(planOf({}, { hostServices: { registry: 5000 } }).hosts).toContain("10.0.2.4 registry\n");
    expect(planOf({ hostServices: {} }).userCard).toBeUndefined();
  });

  it.each([
    [["registry"], 'nodes.a.hostServices: ["registry"] is not a list of services by name.'],
    [{ registry: 0 }, "nodes.a.hostServices.registry: 0 is not a port."],
    [{ registry: "5000" }, 'nodes.a.hostServices.registry: "5000" is not a port.'],
    [{ "my registry": 1 }, 'nodes.a.hostServices: "my registry" is not a name for a service.'],
    [{ localhost: 1 }, 'nodes.a.hostServices: "localhost" is not a name for a service.'],
    [{ "10.0.0.1": 1 }, 'nodes.a.hostServices: "10.0.0.1" is not a name for a service.'],
    [{ one: 1, ONE: 2 }, 'nodes.a.hostServices: "one" is there in another case, too.'],
    [{ B: 1 }, 'nodes.a.hostServices: "B" is the name of a machine.'],
  ])("are refused when they are %j", (hostServices, message) => {
    expect(complaint({ hostServices: hostServices as unknown as Record<string, number> })).toContain(message);
  });

  it("do not answer queries, too", () => {
    expect(complaint({ internet: { dns: 53 }, hostServices: { names: 53 } })).toContain(
      "nodes.a.hostServices.names: 53 is the port of `internet`'s `dns`.",
    );
  });

  it("have no name of a machine that is added later, either", () => {
    const { nodes, vlans, networks } = planCluster({ nodes: { a: { image } } });
    const add = () =>
      planCreated("late", { image, hostServices: { late: 1 } }, { nodes, vlans, networks, added: 0, taken: [] });
    expect(add).toThrow('nodes.late.hostServices: "late" is the name of a machine.');
  });
});
