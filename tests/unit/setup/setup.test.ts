import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { toolCatalog, type PackageNames } from "../../../packages/host/src/tools/catalog.ts";

/** The set-up scripts are plain JavaScript, because they run before there is a compiler; their types are given here. */
async function script<Exports>(name: string): Promise<Exports> {
  return (await import(new URL(`../../../scripts/setup/${name}.mjs`, import.meta.url).href)) as Exports;
}

const { satisfies } = await script<{ satisfies: (version: string, range: string) => boolean }>("node-version");
const { programs } = await script<{ programs: Record<string, PackageNames> }>("packages");
const { advice } = await script<{
  advice: (missing: string[], packagesOf: (distribution: string) => string[]) => string;
}>("host-packages");
const { areCurrent } = await script<{ areCurrent: (folder: string) => boolean }>("dependencies");

describe("the Node that package.json asks for", () => {
  const range = "^20.19.0 || ^22.12.0 || >=24.0.0";

  test.each(["20.19.0", "20.20.2", "22.12.0", "22.13.1", "24.0.0", "25.1.0", "24.0.0-nightly20250101"])(
    "%s will do",
    (version) => {
      expect(satisfies(version, range)).toBe(true);
    },
  );

  test.each(["18.20.0", "20.18.9", "20.9.0", "21.7.0", "22.11.9", "23.11.0"])("%s will not", (version) => {
    expect(satisfies(version, range)).toBe(false);
  });

  test("a range of another kind is not guessed at", () => {
    expect(() => satisfies("20.0.0", "~20.1.0")).toThrow('cannot read the range "~20.1.0"');
  });
});

test("set-up installs what the host's catalog names", () => {
  const catalog = Object.fromEntries(Object.values(toolCatalog).map(({ name, packages }) => [name, packages]));
  expect(programs).toEqual(catalog);
});

test("the advice has a command for every distribution", () => {
  expect(advice(["vde_switch", "gcc"], (distribution) => [`gcc-for-${distribution}`, "vde2"])).toBe(
    [
      "this host lacks vde_switch, gcc, and you may not install packages. Run this, then come back:",
      "  Debian/Ubuntu: sudo apt install --no-install-recommends gcc-for-debian vde2",
      "  Fedora:        sudo dnf install gcc-for-fedora vde2",
      "  Arch:          sudo pacman -S gcc-for-arch vde2",
      "  Nix:           nix-shell -p gcc-for-nix vde2",
    ].join("\n"),
  );
});

describe("node_modules", () => {
  interface Entry {
    version?: string;
    resolved?: string;
    optional?: boolean;
    link?: boolean;
  }

  function checkout(wanted: Record<string, Entry>, installed: Record<string, Entry> | undefined): string {
    const folder = mkdtempSync(join(tmpdir(), "vm-setup-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(
      join(folder, "package-lock.json"),
      JSON.stringify({ packages: { "": {}, "packages/a": {}, ...wanted } }),
    );
    if (installed === undefined) return folder;
    for (const path of Object.keys(installed)) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages: installed }));
    return folder;
  }

  const vite = { version: "7.0.0", resolved: "the registry" };
  const wanted: Record<string, Entry> = {
    "node_modules/vite": vite,
    "node_modules/a": { resolved: "packages/a", link: true },
    "node_modules/for-windows": { version: "1.0.0", optional: true },
  };
  const installed = { "node_modules/vite": vite, "node_modules/a": { resolved: "packages/a", link: true } };

  test("is current when npm installed what the lock file names, other platforms' packages aside", () => {
    expect(areCurrent(checkout(wanted, installed))).toBe(true);
  });

  test("is not current when it is absent, or another version or fewer packages are there", () => {
    expect(areCurrent(checkout(wanted, undefined))).toBe(false);
    expect(areCurrent(checkout(wanted, { ...installed, "node_modules/vite": { ...vite, version: "6.0.0" } }))).toBe(
      false,
    );
    expect(areCurrent(checkout(wanted, { "node_modules/vite": vite }))).toBe(false);
  });

  test("is not current when somebody removed a package's folder", () => {
    const folder = checkout(wanted, installed);
    rmSync(join(folder, "node_modules", "vite"), { recursive: true });
    expect(areCurrent(folder)).toBe(false);
  });
});
