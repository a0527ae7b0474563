import { describe, expect, it } from "vitest";
import type { NodeDeclaration } from "../../src/topology/declaration.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { anImage } from "./an-image.ts";
import { image, message, plan } from "./planning.ts";

it("settings that few machines have are in their plans alone, and checked", () => {
  const given = { cpu: "max", env: { LANG: "C" }, qemuArgs: ["-device", "x"] };
  const [own, plain] = planCluster({ nodes: { a: given, b: {} } }).nodes;
  expect(own).toMatchObject(given);
  for (const key of Object.keys(given)) expect(plain).not.toHaveProperty(key);
  const refused = (node: object): unknown => planCluster({ nodes: { a: node } });
  expect(() => refused({ cpu: "max; rm" })).toThrow('nodes.a.cpu: "max; rm" is not a CPU model.');
  expect(() => refused({ env: { "1A": "x" } })).toThrow("is not an environment");
  expect(() => refused({ env: { A: 1 } })).toThrow("is not an environment");
  expect(() => refused({ qemuArgs: "-device x" })).toThrow('nodes.a.qemuArgs: "-device x" is not a list of arguments.');
});

describe("the size of the image's disk", () => {
  const image = { ...anImage(), disk: { sizeMiB: 2048 } };

  it("is in the plan of machines that have another one", () => {
    const [a, b] = planCluster({ nodes: { a: { image, disk: "3G" }, b: { image } } }).nodes;
    expect(a).toHaveProperty("diskMiB", 3072);
    expect(b).not.toHaveProperty("diskMiB");
  });

  it("cannot be less than the image's, nor of an image without one", () => {
    expect(message(() => plan({ a: { image, disk: "1G" } }))).toMatch(
      'nodes.a.disk: "1G" is smaller than the image\'s disk, which has 2048 MiB.',
    );
    expect(message(() => planCluster({ nodes: { a: {} }, defaults: { disk: "8G" } }))).toMatch(
      'defaults.disk: "8G" is the size of a disk, and the image of nodes.a, tiny, has none.',
    );
    expect(message(() => plan({ a: { image, disk: "big" } }))).toMatch(
      'nodes.a.disk: "big" is not the size of a disk.',
    );
  });
});

it("what a machine waits for is a command, a port, a unit or a function", () => {
  const run = (): void => undefined;
  for (const ready of ["true", { port: 80 }, { unit: "x.service" }, run]) {
    expect(planCluster({ nodes: { a: {} }, defaults: { ready } }).nodes[0]?.ready).toEqual(ready);
  }
  for (const ready of ["", 1, {}, { port: 0 }, { port: 80, unit: "x" }, { unit: "" }, ["true"]]) {
    expect(() => planCluster({ nodes: { a: { ready } as object } })).toThrow("is not a condition");
  }
});

describe("forwarded ports", () => {
  it("are a list of guest ports, with a port of the host or without, or a map", () => {
    const ports = (forwardPorts: NodeDeclaration["forwardPorts"]) =>
      plan({ a: { forwardPorts } }).nodes[0]?.forwardPorts;
    expect(ports([80, { host: 8080, guest: 81 }, { guest: 82 }])).toEqual([
      { host: undefined, guest: 80 },
      { host: 8080, guest: 81 },
      { host: undefined, guest: 82 },
    ]);
    expect(ports({ 8080: 80, 8081: 80 })).toEqual([
      { host: 8080, guest: 80 },
      { host: 8081, guest: 80 },
    ]);
  });

  it.each<[unknown, string]>([
    [80, "nodes.a.forwardPorts: 80 is not a list of ports."],
    [[0], "nodes.a.forwardPorts[0]: 0 is not a port."],
    [{ web: 80 }, "nodes.a.forwardPorts: NaN is not a port."],
    [{ 8080: "80" }, 'nodes.a.forwardPorts.8080: "80" is not a port.'],
    [[{ host: 8080 }], "nodes.a.forwardPorts[0].guest: undefined is not a port."],
    [[{ guest: 80, to: 1 }], 'nodes.a.forwardPorts[0]: "to" is not an option.'],
    [
      [
        { host: 8080, guest: 80 },
        { host: 8080, guest: 81 },
      ],
      "nodes.a.forwardPorts: 8080 is a port of the host that it is to have already.",
    ],
  ])("%j is refused", (forwardPorts, text) => {
    expect(message(() => plan({ a: { forwardPorts } as object }))).toMatch(text);
  });

  it("cannot be the same port of the host on two machines", () => {
    expect(message(() => plan({ a: {}, b: {} }, { defaults: { image, forwardPorts: { 8080: 80 } } }))).toMatch(
      "nodes.b.forwardPorts: 8080 is a port of the host that a is to have already.",
    );
  });
});

describe("users, files and shared folders", () => {
  it("are in the plan of machines that have some", () => {
    const [a, b] = plan({ a: { users: { eve: {} }, files: { "/x": "y" }, shared: { "/srv": "./site" } }, b: {} }).nodes;
    expect(a?.contents).toEqual({
      users: [{ name: "eve", uid: undefined, groups: [], shell: undefined, password: undefined }],
      files: [{ path: "/x", mode: 0o644, owner: "root:root", content: Buffer.from("y") }],
      shared: [{ path: "/srv", source: "./site" }],
    });
    expect(b).not.toHaveProperty("contents");
  });

  it.each<[object, string]>([
    [{ files: { x: "" } }, 'nodes.a.files: "x" is not the path of a file.'],
    [{ files: { "/x": { source: "" } } }, 'nodes.a.files["/x"].source: "" is not a path of the host.'],
    [{ files: { "/x": { source: "y", content: "" } } }, 'nodes.a.files["/x"]: "content" is not an option.'],
    [{ files: { "/x": { content: "", moed: 1 } } }, 'nodes.a.files["/x"]: "moed" is not an option.'],
    [{ users: { Eve: {} } }, 'nodes.a.users: "Eve" is not the name of a user.'],
    [{ users: { eve: { uid: 0 } } }, 'nodes.a.users["eve"].uid: 0 is not the number of a user.'],
    [{ shared: { "/srv": new URL("http://x/") } }, 'nodes.a.shared["/srv"]: "http://x/" is not a path of the host.'],
    [{ shared: ["./site"] }, 'nodes.a.shared: ["./site"] is not an object.'],
  ])("%j is refused", (node, text) => {
    expect(message(() => plan({ a: node }))).toMatch(text);
  });
});
