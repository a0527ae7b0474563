import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parseClusterFile } from "../../src/environment/cluster-file/parse.ts";

describe("a cluster file", () => {
  it("becomes a declaration; a machine without options needs none", () => {
    const text = [
      "name: lab",
      "defaults: { memory: 160M }",
      "nodes:",
      "  router:",
      "    vlans: [1, 2]",
      "    interfaces: { spy: { network: 1, mirror: true } }",
      "    image: tiny",
      "    disks: [64M, 512]",
      "    userNetwork: true",
      "    internet: { dns: 5353 }",
      "    hostServices: { registry: 5000 }",
      "  inside:",
      "  outside: {}",
    ];
    const declaration = parseClusterFile(text.join("\n"), "lab.yaml");
    expect(declaration).toMatchObject({
      name: "lab",
      defaults: { memory: "160M" },
      nodes: {
        router: {
          vlans: [1, 2],
          interfaces: { spy: { network: 1, mirror: true } },
          image: { name: "tiny" },
          disks: ["64M", 512],
          userNetwork: true,
          internet: { dns: 5353 },
          hostServices: { registry: 5000 },
        },
        inside: {},
        outside: {},
      },
    });
  });

  it("has networks with DHCP, and cards that ask or do not", () => {
    const networks =
      "networks: { lan: { dhcp: true }, dmz: { dhcp: { router: a, dns: 10.0.0.1, range: [192.168.1.9, 192.168.1.12] } } }";
    const nodes = "nodes: { a: { interfaces: { eth1: { network: lan, dhcp: false }, eth2: { network: dmz } } } }";
    expect(parseClusterFile(`${networks}\n${nodes}\n`, "lab.yaml")).toMatchObject({
      networks: {
        lan: { dhcp: true },
        dmz: { dhcp: { router: "a", dns: "10.0.0.1", range: ["192.168.1.9", "192.168.1.12"] } },
      },
      nodes: { a: { interfaces: { eth1: { network: "lan", dhcp: false } } } },
    });
    expect(() => parseClusterFile(`networks: { lan: { dhcp: { rooter: a } } }\n${nodes}\n`, "lab.yaml")).toThrow(
      /lab\.yaml:1:/,
    );
  });

  it("names images, and describes those that take more than a name", () => {
    const text = "nodes:\n  a: { image: debian }\n  b:\n    image:\n      debian: { packages: [curl], suite: 13 }\n";
    const mistaken = text.replace("curl", "CURL");
    expect(() => parseClusterFile(mistaken, "lab.yaml")).toThrow(
      'lab.yaml:5:28: nodes.b.image.debian.packages[0]: "CURL" is not the name of a package.',
    );
    const { nodes } = parseClusterFile(text, "lab.yaml");
    expect(nodes["a"]?.image?.key).toMatch(/^debian-bookworm-/);
    expect(nodes["b"]?.image?.key).toMatch(/^debian-trixie-/);
  });

  it("says what its machines have, with paths beside the file, are reached by, and wait for", () => {
    const text = [
      "nodes:",
      "  a:",
      "    image: debian",
      "    disk: 8G",
      "    users: { alice: { groups: [video] } }",
      "    files: { /etc/motd: { source: motd }, /etc/note: text }",
      "    shared: { /srv: ../site }",
      "    forwardPorts: { 8080: 80 }",
      "    ready: { unit: nginx.service }",
      "  b: { forwardPorts: [80, { host: 81, guest: 80 }], ready: test -e /run/x }",
    ];
    const { nodes } = parseClusterFile(text.join("\n"), "/project/lab/lab.yaml");
    expect(nodes).toMatchObject({
      a: {
        disk: "8G",
        users: { alice: { groups: ["video"] } },
        files: { "/etc/motd": { source: "/project/lab/motd" }, "/etc/note": "text" },
        shared: { "/srv": "/project/site" },
        forwardPorts: { 8080: 80 },
        ready: { unit: "nginx.service" },
      },
      b: { forwardPorts: [80, { host: 81, guest: 80 }], ready: "test -e /run/x" },
    });
    const mistaken = text.join("\n").replace("source: motd", "source: motd, mode: rw");
    expect(() => parseClusterFile(mistaken, "lab.yaml")).toThrow(
      'lab.yaml:6:47: nodes.a.files["/etc/motd"].mode: "rw" is not a set of permissions.',
    );
  });

  it("says how its machines are frozen, forked and reset", () => {
    const capture = { networks: [1], filter: { protocol: ["dns", "arp"], from: "a", port: 53 }, onFailure: false };
    const text = `nodes: { a: {} }\nlayers: false\nclock: frozen\nreset: test\ncapture: ${JSON.stringify(capture)}\n`;
    expect(parseClusterFile(text, "lab.yaml")).toMatchObject({
      layers: false,
      clock: "frozen",
      reset: "test",
      capture,
    });
  });
});

it("has a JSON Schema for editors that knows every key", async () => {
  const schema = JSON.parse(await readFile(new URL("../../dist/cluster.schema.json", import.meta.url), "utf8")) as {
    properties: Record<string, unknown>;
  };
  expect(Object.keys(schema.properties)).toEqual([
    ...["name", "nodes", "networks", "defaults", "boot", "bootTimeout"],
    ...["layers", "clock", "capture", "faults", "reset"],
  ]);
});
