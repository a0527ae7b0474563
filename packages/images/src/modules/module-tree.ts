import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { unpack } from "../kernel/unpack.ts";
import { loadOrder } from "./load-order.ts";
import { moduleName, readModuleInfo } from "./module-info.ts";

export interface KernelModule {
  readonly name: string;
  readonly content: Uint8Array;
}

/**
 * Modules of the kernel in `folder` (`/lib/modules/VERSION`), uncompressed, each after those that it depends on; the
 * ones that are built into the kernel are left out.
 * @throws RangeError when there is no such module
 */
export async function collectModules(folder: string, wanted: readonly string[]): Promise<KernelModule[]> {
  const builtIn = namesIn((await readFile(join(folder, "modules.builtin"), "utf8")).split("\n"));
  const files = namesIn(await readdir(folder, { recursive: true }));
  const contents = new Map<string, Uint8Array>();
  // Dependencies are known only after reading a module, so what is missing is read and the order asked for again.
  for (;;) {
    const missing = new Set<string>();
    const order = loadOrder(wanted, {
      isBuiltIn: (name) => builtIn.has(name),
      find: (name) => {
        const content = contents.get(name);
        if (content !== undefined) return readModuleInfo(content);
        if (!files.has(name)) return undefined;
        missing.add(name);
        return { name, depends: [], aliases: [] };
      },
    });
    if (missing.size === 0) return order.map((name) => ({ name, content: contents.get(name) ?? new Uint8Array() }));
    for (const name of missing) contents.set(name, await readModule(join(folder, files.get(name) ?? name)));
  }
}

/** Modules by name among paths such as `kernel/drivers/char/virtio_console.ko.xz`. */
function namesIn(paths: readonly string[]): Map<string, string> {
  const modules = paths.filter((path) => /\.ko(\.(xz|zst|gz))?$/.test(path));
  return new Map(modules.map((path) => [moduleName(basename(path).replace(/\.ko(\..*)?$/, "")), path]));
}

async function readModule(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  if (file.endsWith(".xz")) return unpack({ compression: "xz", bytes });
  if (file.endsWith(".zst")) return unpack({ compression: "zstd", bytes });
  return file.endsWith(".gz") ? unpack({ compression: "gzip", bytes }) : bytes;
}
