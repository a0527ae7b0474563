import type { ModuleInfo } from "./module-info.ts";

export interface ModuleCatalog {
  /** Undefined for a module that the kernel does not have. */
  find(name: string): ModuleInfo | undefined;
  /** True when it is part of the kernel and needs no loading. */
  isBuiltIn(name: string): boolean;
}

/**
 * The order in which to insert modules one by one: every module after those that it depends on, otherwise as asked for,
 * so that the same request gives the same order.
 * @throws RangeError when a module is neither a file nor built in
 */
export function loadOrder(wanted: readonly string[], catalog: ModuleCatalog): string[] {
  const order = new Set<string>();
  const visit = (name: string, neededBy: string): void => {
    if (order.has(name) || catalog.isBuiltIn(name)) return;
    const info = catalog.find(name);
    if (info === undefined) throw new RangeError(`the kernel has no module ${name}, needed by ${neededBy}`);
    for (const dependency of info.depends) visit(dependency, name);
    order.add(name);
  };
  for (const name of wanted) visit(name, "the image");
  return [...order];
}
