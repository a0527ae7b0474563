import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClusterDeclaration } from "../../src/topology/declaration.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { image, message, plan } from "./planning.ts";

describe("a plan", () => {
  it("numbers machines by alphabetical order and addresses them after VLAN and number", () => {
    const { nodes, vlans } = plan({ server: { vlans: [3, 1] }, client: {} });
    expect(vlans).toEqual([1, 3]);
    expect(nodes.map(({ name, number }) => [name, number])).toEqual([
      ["client", 1],
      ["server", 2],
    ]);
    expect(nodes[1]?.interfaces).toEqual([
      { name: "eth1", vlan: 3, mac: "52:54:00:12:03:02", addresses: ["192.168.3.2/24", "2001:db8:3::2/64"] },
      { name: "eth2", vlan: 1, mac: "52:54:00:12:01:02", addresses: ["192.168.1.2/24", "2001:db8:1::2/64"] },
    ]);
  });

  it("fills in defaults: the image's memory, one CPU, VLAN 1, boot all within five minutes", () => {
    const planned = plan({ a: {} });
    expect(planned).toMatchObject({ name: "cluster", boot: "all", bootTimeoutMs: 300_000, vlans: [1] });
    expect(planned.nodes[0]).toMatchObject({ memoryMiB: 128, cpus: 1, kernelParams: [], image });
  });

  it("prefers what a node says to the cluster's defaults", () => {
    const { nodes } = plan({ a: { memory: "1G" }, b: {} }, { defaults: { image, memory: 256, cpus: 2, vlans: [] } });
    expect(nodes.map(({ memoryMiB, cpus }) => [memoryMiB, cpus])).toEqual([
      [1024, 2],
      [256, 2],
    ]);
  });

  it("gives a machine without VLANs no interface, and the cluster no switch", () => {
    const planned = plan({ alone: { vlans: [] } });
    expect(planned.vlans).toEqual([]);
    expect(planned.nodes[0]?.interfaces).toEqual([]);
  });

  it("has extra disks and a card on QEMU's own network only where they are declared", () => {
    const { nodes } = plan(
      { a: { userNetwork: false }, b: {} },
      { defaults: { image, disks: ["1G"], userNetwork: true } },
    );
    const disks = [{ serial: "disk1", sizeMiB: 1024 }];
    expect(nodes).toMatchObject([{ disks }, { disks, userCard: { name: "eth0", mac: "52:54:00:12:00:02" } }]);
    expect(nodes[0]).not.toHaveProperty("userCard");
    expect(plan({ a: {} }).nodes[0]).toMatchObject({ disks: [] });
  });

  it("boots the tiny image unless told otherwise", () => {
    expect(planCluster({ nodes: { a: {} } }).nodes[0]?.image.name).toBe("tiny");
  });
});

describe("any plan", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).map((text) => `n${text}`);
  const vlans = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 5 });
  const nodes = fc.dictionary(name, fc.record({ vlans }), { minKeys: 1, maxKeys: 12 });

  it("has unique MAC and IP addresses, and numbers without gaps", () => {
    fc.assert(
      fc.property(nodes, (declared) => {
        const planned = plan(declared);
        const interfaces = planned.nodes.flatMap((node) => node.interfaces);
        expect(new Set(interfaces.map(({ mac }) => mac)).size).toBe(interfaces.length);
        expect(new Set(interfaces.flatMap(({ addresses }) => addresses)).size).toBe(2 * interfaces.length);
        expect(planned.nodes.map(({ number }) => number)).toEqual(planned.nodes.map((_node, index) => index + 1));
      }),
    );
  });

  it("does not depend on the order in which machines are written", () => {
    fc.assert(
      fc.property(nodes, (declared) => {
        const reversed = Object.fromEntries(Object.entries(declared).reverse());
        expect(plan(reversed)).toEqual(plan(declared));
      }),
    );
  });

  it("names every machine that has an address in every machine's hosts file, shared networks first", () => {
    fc.assert(
      fc.property(nodes, (declared) => {
        const planned = plan(declared).nodes;
        for (const local of planned) {
          for (const remote of planned) {
            const lines = local.hosts.split("\n").filter((line) => line.endsWith(` ${remote.name}`));
            expect(lines.length > 0).toBe(remote.interfaces.length > 0);
            const sharedVlan = remote.interfaces.find(({ vlan }) => local.interfaces.some((own) => own.vlan === vlan));
            if (sharedVlan) expect(lines[0]).toBe(`${sharedVlan.addresses[0]!.replace("/24", "")} ${remote.name}`);
            expect(new Set(lines).size).toBe(lines.length);
          }
        }
      }),
    );
  });
});

describe("a declaration is refused", () => {
  it("for a name that is no host name", () => {
    expect(message(() => plan({ one_two: {} }))).toBe(
      'DECLARATION_INVALID: nodes: "one_two" is not a host name.\n' +
        "Valid: letters, digits and inner dashes, starting with a letter, at most 63 characters.\n" +
        'Try "one-two".',
    );
  });

  it.each(["it", "test", "machines", "cluster", "nodes", "then", "Localhost"])("for the reserved name %s", (name) => {
    expect(message(() => plan({ [name]: {} }))).toMatch(`DECLARATION_INVALID: nodes: "${name}" is reserved.`);
  });

  it("for two names that are one to a resolver", () => {
    expect(message(() => plan({ web: {}, Web: {} }))).toMatch('nodes: "web" and "Web" are the same host name.');
  });

  it.each([
    [{ memory: "lots" }, 'nodes.a.memory: "lots" is not an amount of memory.'],
    [{ memory: "1M" }, 'nodes.a.memory: "1M" is too small to boot.'],
    [{ memory: 512 * 1024 * 1024 }, "nodes.a.memory: 536870912 is more than any host has."],
    [{ cpus: 0 }, "nodes.a.cpus: 0 is not a number of CPUs."],
    [{ cpus: 1.5 }, "nodes.a.cpus: 1.5 is not a number of CPUs."],
    [{ vlans: [1, 256] }, "nodes.a.vlans[1]: 256 is not a VLAN."],
    [{ disks: ["1K"] }, 'nodes.a.disks[0]: "1K" is not the size of a disk.'],
    [
      { vlans: [1, 2], disks: Array<string>(22).fill("1M"), userNetwork: true },
      "nodes.a: 25 network cards and disks are too many.",
    ],
    [{ vlans: [2, 2] }, "nodes.a.vlans[1]: 2 is in the list twice."],
    [
      { kernelParams: ["quiet\nroot=x"] },
      'nodes.a.kernelParams: ["quiet\\nroot=x"] is not a list of kernel parameters.',
    ],
  ])("for %j", (node, expected) => {
    expect(message(() => plan({ a: node }))).toMatch(`DECLARATION_INVALID: ${expected}\nValid: `);
  });

  it("for values of the wrong kind, which JavaScript and YAML can hold", () => {
    const refuse = (value: unknown) => message(() => planCluster(value as ClusterDeclaration));
    expect(refuse(null)).toMatch(
      "cluster: null is not an object.\nValid: an object with name, nodes, defaults, networks, boot, bootTimeout, layers, clock, prepare, capture.",
    );
    expect(refuse({ nodes: {} })).toMatch("nodes: {} has no machine.");
    expect(refuse({ nodes: { a: [] } })).toMatch("nodes.a: [] is not an object.");
    expect(refuse({ nodes: { a: { memroy: 1 } } })).toMatch(
      'nodes.a: "memroy" is not an option.\nValid: image, memory,',
    );
    expect(refuse({ nodes: { a: { image: "debian" } } })).toMatch('nodes.a.image: "debian" is not an image.');
    expect(refuse({ nodes: { a: { vlans: 1 } } })).toMatch("nodes.a.vlans: 1 is not a list of VLANs.");
    expect(refuse({ nodes: { a: { userNetwork: "yes" } } })).toMatch(
      'nodes.a.userNetwork: "yes" is not a choice.\nValid: true, false.',
    );
    expect(refuse({ nodes: { a: {} }, boot: "some" })).toMatch(
      'boot: "some" is not a way to boot.\nValid: "all", "manual".',
    );
    expect(refuse({ nodes: { a: {} }, bootTimeout: -1 })).toMatch("bootTimeout: -1 is not a duration.");
    expect(refuse({ nodes: { a: {} }, name: "" })).toMatch('name: "" is not a name.');
  });

  it("for more machines than a network has addresses", () => {
    const many = Object.fromEntries(Array.from({ length: 255 }, (_, index) => [`n${index}`, {}]));
    expect(message(() => plan(many))).toMatch("nodes: 255 machines are too many.\nValid: at most 254 machines");
  });

  it("and an error in the defaults says that it is there", () => {
    expect(message(() => plan({ a: {} }, { defaults: { image, cpus: -1 } }))).toMatch("defaults.cpus: -1 is not");
  });
});
