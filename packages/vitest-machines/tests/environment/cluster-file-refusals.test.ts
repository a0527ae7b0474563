import { describe, expect, it } from "vitest";
import { parseClusterFile } from "../../src/environment/cluster-file/parse.ts";

function refusal(text: string): string {
  try {
    parseClusterFile(text, "lab.yaml");
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

describe("a cluster file", () => {
  it.each([
    ["a syntax error", "nodes:\n  a: [1\n", /^DECLARATION_INVALID: lab\.yaml:3:1: Flow sequence/],
    [
      "a key that is there twice",
      "nodes:\n  a: {}\n  a: {}\n",
      /^DECLARATION_INVALID: lab\.yaml:3:3: Map keys must be unique/,
    ],
    ["an alias of nothing", "nodes:\n  a: *b\n", /^DECLARATION_INVALID: lab\.yaml:1:1: Unresolved alias/],
    [
      "an unknown key of a machine",
      "nodes:\n  a:\n    memroy: 1G\n",
      /^DECLARATION_INVALID: lab\.yaml:3:5: unknown key "memroy" in nodes\.a\. Did you mean "memory"\? Valid: image, memory, cpus, vlans, interfaces, routes, forwarding, router, disk, disks, userNetwork, internet, hostServices, kernelParams, cpu, env, qemuArgs, users, files, shared, forwardPorts, allow, ready\.$/,
    ],
    [
      "an unknown key",
      "nodes: { a: {} }\nswitches: []\n",
      /^DECLARATION_INVALID: lab\.yaml:2:1: unknown key "switches"\. Valid: name, nodes, networks, defaults, boot, bootTimeout, layers, clock, capture, faults, reset\.$/,
    ],
    [
      "an unknown key of a network",
      "nodes: { a: {} }\nnetworks: { lan: { ipv5: 10.0.0.0/8 } }\n",
      /^DECLARATION_INVALID: lab\.yaml:2:20: unknown key "ipv5" in networks\.lan\. Did you mean "ipv4"\? Valid: vlan, ipv4, ipv6, mtu, dhcp\.$/,
    ],
    [
      "a wrong type",
      "nodes:\n  a:\n    vlans: 1\n",
      /^DECLARATION_INVALID: lab\.yaml:3:12: nodes\.a\.vlans must be a list, not 1\.$/,
    ],
    [
      "a wrong type in a list",
      "nodes:\n  a:\n    vlans:\n      - 1\n      - x\n",
      /^DECLARATION_INVALID: lab\.yaml:5:9: nodes\.a\.vlans\[1\]: "x" is no network of the cluster\./,
    ],
    [
      "an unknown image",
      "nodes:\n  a:\n    image: huge\n",
      /^DECLARATION_INVALID: lab\.yaml:3:12: nodes\.a\.image must be "tiny" or "debian" or a map, not "huge"\.$/,
    ],
    [
      "an unknown way to boot",
      "nodes: { a: {} }\nboot: never\n",
      /^DECLARATION_INVALID: lab\.yaml:2:7: boot must be "all" or? ?\|? ?"manual", not "never"\.$/,
    ],
    [
      "an unknown reset",
      "nodes: { a: {} }\nreset: always\n",
      /^DECLARATION_INVALID: lab\.yaml:2:8: reset must be "suite" or? ?\|? ?"test" or? ?\|? ?"never", not "always"\.$/,
    ],
    [
      "an unknown clock",
      "nodes: { a: {} }\nclock: stopped\n",
      /^DECLARATION_INVALID: lab\.yaml:2:8: clock must be "host" or? ?\|? ?"frozen", not "stopped"\.$/,
    ],
    [
      "layers that are neither on nor off",
      "nodes: { a: {} }\nlayers: some\n",
      /^DECLARATION_INVALID: lab\.yaml:2:9: layers must be true or false, not "some"\.$/,
    ],
    [
      "a prepare, which is code",
      "nodes: { a: {} }\nprepare: { key: x }\n",
      /^DECLARATION_INVALID: lab\.yaml:2:1: unknown key "prepare"\. Valid: /,
    ],
    [
      "layers of machines that are started by hand",
      "nodes: { a: {} }\nboot: manual\nlayers: true\n",
      /^DECLARATION_INVALID: lab\.yaml:3:9: .*layers: true cannot be with boot: "manual"/,
    ],
    [
      "a reset for each test of machines that are started by hand",
      "nodes: { a: {} }\nboot: manual\nreset: test\n",
      /^DECLARATION_INVALID: lab\.yaml:3:8: reset: "test" cannot be with boot: "manual"\./,
    ],
    ["no machines", "name: x\n", /^DECLARATION_INVALID: lab\.yaml:1:1: "nodes" is missing\.$/],
    ["an empty file", "", /^DECLARATION_INVALID: lab\.yaml:1:1: a cluster file must be a map, not null\.$/],
    [
      "a value that the driver refuses",
      "nodes:\n  a:\n    memory: 1K\n",
      /^DECLARATION_INVALID: lab\.yaml:3:13: nodes\.a\.memory: "1K" is not an amount of memory\. Valid: /,
    ],
    [
      "a disk that the driver refuses",
      "nodes:\n  a:\n    disks:\n      - 1G\n      - 1K\n",
      /^DECLARATION_INVALID: lab\.yaml:5:9: nodes\.a\.disks\[1\]: "1K" is not the size of a disk\./,
    ],
    [
      "something else than true or false",
      "nodes:\n  a: { userNetwork: 1 }\n",
      /^DECLARATION_INVALID: lab\.yaml:2:21: nodes\.a\.userNetwork must be true or false, not 1\.$/,
    ],
    [
      "a way to the internet that the driver refuses",
      "nodes:\n  a:\n    internet: { dns: 0 }\n",
      /^DECLARATION_INVALID: lab\.yaml:3:22: nodes\.a\.internet\.dns: 0 is not a port\./,
    ],
    [
      "a VLAN that the driver refuses",
      "nodes:\n  a: { vlans: [1, 300] }\n",
      /^DECLARATION_INVALID: lab\.yaml:2:19: nodes\.a\.vlans\[1\]: 300 is not a VLAN\./,
    ],
    [
      "a name that the driver refuses",
      "nodes:\n  good: {}\n  it: {}\n",
      /^DECLARATION_INVALID: lab\.yaml:3:3: nodes: "it" is reserved\./,
    ],
    [
      "names that differ in case only",
      "nodes:\n  A: {}\n  a: {}\n",
      /^DECLARATION_INVALID: lab\.yaml:1:1: nodes: .* are the same host name/,
    ],
    ["no machine at all", "nodes: {}\n", /^DECLARATION_INVALID: lab\.yaml:1:1: nodes: \{\} has no machine/],
  ])("with %s is refused at file:line:column", (_what, text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  it("tells all mistakes of structure at once", () => {
    expect(refusal("nodes:\n  a: { cpuss: 1 }\n  b: { vlans: x }\n").split("\n")).toEqual([
      'DECLARATION_INVALID: lab.yaml:2:8: unknown key "cpuss" in nodes.a. Did you mean "cpus"? Valid: image, memory, cpus, vlans, interfaces, routes, forwarding, router, disk, disks, userNetwork, internet, hostServices, kernelParams, cpu, env, qemuArgs, users, files, shared, forwardPorts, allow, ready.',
      'lab.yaml:3:15: nodes.b.vlans must be a list, not "x".',
    ]);
  });

  it("leads an editor to the first mistake", () => {
    try {
      parseClusterFile("nodes:\n  a: { cpuss: 1 }\n", "/project/lab.yaml");
      expect.unreachable();
    } catch (error) {
      expect((error as Error).stack).toMatch(/\n {4}at cluster \(\/project\/lab\.yaml:2:8\)$/);
    }
  });
});
