import { elfSection } from "../kernel/elf.ts";

export interface ModuleInfo {
  /** As the kernel knows it: with underscores, also where the file's name has dashes. */
  readonly name: string;
  /** Modules that must be loaded before it. */
  readonly depends: readonly string[];
  /** Patterns of what the kernel asks for when it wants this module, such as `rtnl-link-vlan`. */
  readonly aliases: readonly string[];
}

/**
 * Reads what `modinfo` would: the `.modinfo` section of a module, a list of `key=value` strings. The package ships no
 * modules.dep (depmod runs when it is installed, and here nothing is), and the section says the same.
 */
export function readModuleInfo(file: Uint8Array): ModuleInfo {
  const section = elfSection(file, ".modinfo");
  if (section === undefined) throw new RangeError("the kernel module has no .modinfo section");
  const strings = Buffer.from(section).toString("latin1").split("\0");
  const valuesOf = (key: string): string[] =>
    strings.filter((text) => text.startsWith(`${key}=`)).map((text) => text.slice(key.length + 1));
  const [[name = ""], [depends = ""]] = [valuesOf("name"), valuesOf("depends")];
  return {
    name: moduleName(name),
    depends: depends.split(",").filter(Boolean).map(moduleName),
    aliases: valuesOf("alias"),
  };
}

/** The kernel's own spelling of a module's name. */
export function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}
