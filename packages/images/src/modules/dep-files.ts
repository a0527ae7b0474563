import { loadOrder } from "./load-order.ts";
import { readModuleInfo } from "./module-info.ts";
import type { KernelModule } from "./module-tree.ts";

/** What modprobe finds modules by, as depmod would write it for modules that lie in one folder. */
export interface DepFiles {
  /** `modules.dep` */
  readonly dep: string;
  /** `modules.alias` */
  readonly alias: string;
}

/** Pure. Modules that are not among these are taken as loaded. */
export function depFiles(modules: readonly KernelModule[]): DepFiles {
  const infos = new Map(modules.map(({ name, content }) => [name, readModuleInfo(content)]));
  const catalog = { find: (name: string) => infos.get(name), isBuiltIn: (name: string) => !infos.has(name) };
  const file = (name: string): string => `${name}.ko`;
  const lines = [...infos.keys()].map((name) => {
    // modprobe begins at the end of a line.
    const needed = loadOrder([name], catalog).slice(0, -1).reverse();
    return `${[`${file(name)}:`, ...needed.map(file)].join(" ")}\n`;
  });
  const aliases = [...infos.values()].flatMap(({ name, aliases: own }) =>
    own.map((alias) => `alias ${alias} ${name}\n`),
  );
  return { dep: lines.join(""), alias: aliases.join("") };
}
