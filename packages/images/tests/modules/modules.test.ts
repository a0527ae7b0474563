import { mkdirSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findTool } from "@vitest-machines/host";
import { depFiles } from "../../src/modules/dep-files.ts";
import { loadOrder, type ModuleCatalog } from "../../src/modules/load-order.ts";
import { readModuleInfo } from "../../src/modules/module-info.ts";
import { collectModules } from "../../src/modules/module-tree.ts";
import { makeElf } from "../support/make-elf.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const moduleFile = (name: string, depends: string, more = ""): Buffer => {
  const info = `license=GPL\0${more}depends=${depends}\0name=${name}\0vermagic=6.1.0 SMP\0`;
  return makeElf({ ".text": "code", ".modinfo": info });
};

function catalogOf(modules: Record<string, string[]>, builtIn: string[] = []): ModuleCatalog {
  return {
    find: (name) => (modules[name] === undefined ? undefined : { name, depends: modules[name], aliases: [] }),
    isBuiltIn: (name) => builtIn.includes(name),
  };
}

test("reads a module's name and dependencies, with the kernel's spelling", () => {
  expect(readModuleInfo(moduleFile("virtio_pci", "virtio_ring,virtio-pci-modern-dev"))).toEqual({
    name: "virtio_pci",
    depends: ["virtio_ring", "virtio_pci_modern_dev"],
    aliases: [],
  });
  const button = moduleFile("button", "", "alias=acpi*:PNP0C0C:*\0alias=acpi*:PNP0C0D:*\0");
  expect(readModuleInfo(button)).toEqual({
    ...{ name: "button", depends: [] },
    aliases: ["acpi*:PNP0C0C:*", "acpi*:PNP0C0D:*"],
  });
});

test("refuses what is no module", () => {
  expect(() => readModuleInfo(Buffer.from("text"))).toThrow("not a 64-bit");
  expect(() => readModuleInfo(makeElf({ ".text": "code" }))).toThrow(".modinfo");
});

test("loads dependencies first, each once, and otherwise as asked for", () => {
  const catalog = catalogOf({ net: ["failover", "ring"], failover: [], pci: ["ring", "bus"], bus: ["ring"], ring: [] });
  expect(loadOrder(["pci", "net", "bus"], catalog)).toEqual(["ring", "bus", "pci", "failover", "net"]);
});

test("leaves out what is built into the kernel", () => {
  expect(loadOrder(["net", "pci"], catalogOf({ net: ["ring"] }, ["ring", "pci"]))).toEqual(["net"]);
});

test("says which module is missing and what needs it", () => {
  expect(() => loadOrder(["net"], catalogOf({ net: ["ring"] }))).toThrow("no module ring, needed by net");
});

test.each([
  ["", undefined],
  [".xz", "xz"],
])("collects modules from a kernel's folder (*.ko%s)", async (suffix, compressor) => {
  if (compressor !== undefined && findTool(compressor) === undefined) return;
  const folder = temporaryFolder();
  const put = (path: string, content: Buffer): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const packed = compressor === undefined ? content : execFileSync(compressor, ["-c"], { input: content });
    writeFileSync(join(folder, path + suffix), packed);
  };
  put("kernel/drivers/char/virtio-rng.ko", moduleFile("virtio_rng", "virtio_ring"));
  put("kernel/drivers/virtio/virtio_ring.ko", moduleFile("virtio_ring", ""));
  put("kernel/drivers/virtio/unrelated.ko", Buffer.from("never read"));
  writeFileSync(join(folder, "modules.builtin"), "kernel/net/ipv6/ipv6.ko\n");
  const modules = await collectModules(folder, ["ipv6", "virtio_rng"]);
  expect(modules.map(({ name }) => name)).toEqual(["virtio_ring", "virtio_rng"]);
  expect(readModuleInfo(modules[1]!.content).name).toBe("virtio_rng");
  await expect(collectModules(folder, ["nothing"])).rejects.toThrow("no module nothing");
});

test("tells modprobe what to load before a module, and by which names it is asked for", () => {
  const modules = [
    { name: "llc", content: moduleFile("llc", "") },
    { name: "stp", content: moduleFile("stp", "llc") },
    { name: "vlan", content: moduleFile("vlan", "stp,virtio_net", "alias=rtnl-link-vlan\0") },
  ];
  const { dep, alias } = depFiles(modules);
  expect(dep).toBe("llc.ko:\nstp.ko: llc.ko\nvlan.ko: stp.ko llc.ko\n");
  expect(alias).toBe("alias rtnl-link-vlan vlan\n");
});
