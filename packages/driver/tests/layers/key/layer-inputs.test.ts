import { describe, expect, it } from "vitest";
import type { BootFiles, Image } from "@vitest-machines/images";
import { layerInputs, type LayerSources } from "../../../src/layers/key/layer-inputs.ts";
import { layerKey } from "../../../src/layers/key/layer-key.ts";
import { preparedInputs } from "../../../src/layers/key/prepared-inputs.ts";
import type { ClusterDeclaration } from "../../../src/topology/declaration.ts";
import { planCluster } from "../../../src/topology/plan-cluster.ts";
import { anImage } from "../../topology/an-image.ts";

const image: Image = anImage();
const files: BootFiles = { digest: "d1", kernel: "/k", kernelParams: ["quiet"] };

function inputs(
  declaration: Partial<ClusterDeclaration> = {},
  more: Partial<LayerSources> & { boot?: Partial<BootFiles> } = {},
): Record<string, string> {
  const plan = planCluster({ defaults: { image }, nodes: { a: {}, b: {} }, ...declaration });
  const images = new Map([[image.key, { ...files, ...more.boot }]]);
  return layerInputs({ plan, images, accelerator: "tcg", qemu: "q1", ...more });
}

/** The names of the inputs in which two differ. */
function differences(one: Record<string, string>, other: Record<string, string>): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => one[name] !== other[name]).sort();
}

describe("the inputs of a layer", () => {
  it("are text under names that people understand", () => {
    expect(inputs({ nodes: { a: { memory: "1G", cpus: 2, kernelParams: ["x=1"] } } })).toMatchObject({
      QEMU: "q1",
      accelerator: "tcg",
      machines: "a",
      "a: image": `${image.name} d1`,
      "a: memory": "1024 MiB",
      "a: CPUs": "2",
      "a: kernel parameters": "quiet x=1",
    });
    expect(inputs()).not.toHaveProperty("processor");
  });

  it("are the same whatever the cluster is called and however long it may take", () => {
    const other = inputs({ name: "other", bootTimeout: 1_000, clock: "frozen", prepare: { key: "k", run: () => 1 } });
    expect(other).toEqual(inputs());
    expect(layerKey(other)).toBe(layerKey(inputs()));
  });

  it("are the same whichever ports of the host a machine is led to", () => {
    const to = (dns: number, registry: number, name = "registry") =>
      inputs({ nodes: { a: { internet: { dns }, hostServices: { [name]: registry } }, b: {} } });
    expect(to(1, 2)).toEqual(to(3, 4));
    expect(to(1, 2)).toEqual(inputs({ nodes: { a: { internet: true, hostServices: { registry: 5 } }, b: {} } }));
    expect(differences(to(1, 2), to(1, 2, "mirror"))).toEqual(["a: settings"]);
  });

  it.each([
    [{ nodes: { a: {}, b: { memory: "256M" } } }, ["b: memory"]],
    [{ nodes: { a: {}, b: { cpus: 2 } } }, ["b: CPUs"]],
    [{ nodes: { a: { kernelParams: ["x"] }, b: {} } }, ["a: kernel parameters"]],
    [{ nodes: { a: {}, b: { disks: ["8M"] } } }, ["b: settings"]],
    [
      {
        networks: { lan: { vlan: 1, dhcp: true } },
        nodes: { a: {}, b: { interfaces: { eth1: { network: 1, dhcp: false } } } },
      },
      ["DHCP", "a: DHCP client", "a: settings"],
    ],
    [{ nodes: { a: {}, b: { userNetwork: true } } }, ["b: settings"]],
    [{ nodes: { a: {}, b: { internet: true } } }, ["b: settings"]],
    [{ nodes: { a: {}, b: { hostServices: { registry: 5000 } } } }, ["b: settings"]],
    // Its peers know it by its address.
    [{ nodes: { a: {}, b: { vlans: [2] } } }, ["a: settings", "b: settings"]],
  ] satisfies [Partial<ClusterDeclaration>, string[]][])("with %j differ in %j alone", (declaration, names) => {
    expect(differences(inputs(), inputs(declaration))).toEqual(names);
    expect(layerKey(inputs(declaration))).not.toBe(layerKey(inputs()));
  });

  it.each([
    [{ boot: { digest: "d2" } }, ["a: image", "b: image"]],
    [{ boot: { kernelParams: [] } }, ["a: kernel parameters", "b: kernel parameters"]],
    [{ qemu: "q2" }, ["QEMU"]],
    [{ accelerator: "kvm", processor: "Some CPU" }, ["accelerator", "processor"]],
  ] satisfies [Parameters<typeof inputs>[1], string[]][])("on a host with %j differ in %j", (more, names) => {
    expect(differences(inputs(), inputs({}, more))).toEqual(names);
  });

  it("of a prepared cluster are those of the booted one, and what was done to it", () => {
    const prepared = preparedInputs(inputs(), { key: "database", source: "() => 1" });
    expect(differences(inputs(), prepared)).toEqual(["prepare.key", "prepare.run"]);
    expect(prepared["prepare.key"]).toBe("database");
    expect(layerKey(prepared)).not.toBe(layerKey(preparedInputs(inputs(), { key: "database", source: "() => 2" })));
    expect(layerKey(prepared)).not.toBe(layerKey(preparedInputs(inputs(), { key: "other", source: "() => 1" })));
  });
});

describe("the key of a layer", () => {
  it("is a name of a folder, and does not depend on the order of inputs", () => {
    expect(layerKey({ a: "1", b: "2" })).toMatch(/^[0-9a-f]{64}$/);
    expect(layerKey({ b: "2", a: "1" })).toBe(layerKey({ a: "1", b: "2" }));
    expect(layerKey({ a: "1", b: "" })).not.toBe(layerKey({ a: "1" }));
  });
});
