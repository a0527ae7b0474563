import { manifestName, MachinesError } from "@vitest-machines/host";
import { isLayerKey } from "../key.ts";
import { isLayerPath } from "../manifest.ts";

/**
 * Looks through what `tar --list --verbose --numeric-owner` says before anything is unpacked: folders, regular files and
 * links between them below folders that are named like layers, nothing else. Pure.
 * @returns the keys of the layers
 * @throws MachinesError LAYER_INVALID
 */
export function checkEntries(file: string, listing: string): string[] {
  const keys = new Set<string>();
  for (const line of listing.split("\n").filter((text) => text !== "")) {
    const entry = /^([-dh])\S* +\S+ +\d+ +\S+ +\S+ (.+)$/.exec(line);
    const names = entry?.[1] === "h" ? entry[2]?.split(" link to ") : [entry?.[2]?.replace(/\/$/, "")];
    for (const name of names ?? [undefined]) {
      if (name === undefined || !isHarmless(name)) throw refuse(file, line);
      keys.add(name.split("/", 1)[0] ?? "");
    }
  }
  return [...keys].sort();
}

function isHarmless(name: string): boolean {
  const [key = "", ...parts] = name.split("/");
  const path = parts.join("/");
  return isLayerKey(key) && (path === "" || path === manifestName || isLayerPath(path));
}

function refuse(file: string, line: string): MachinesError {
  return new MachinesError("LAYER_INVALID", `${file} holds what does not belong into layers; nothing was imported.`, {
    evidence: [`the entry:\n${line}`],
    hint: "Import only what `vitest-machines layers export` wrote.",
  });
}
