import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface PackagedKernel {
  readonly version: string;
  /** Path of the bzImage. */
  readonly image: string;
  /** Path of its folder of modules. */
  readonly modules: string;
}

/** The kernel among the files of unpacked packages. @throws RangeError when there is none */
export async function findKernel(root: string): Promise<PackagedKernel> {
  const image = (await readdir(join(root, "boot"))).find((name) => name.startsWith("vmlinuz-"));
  if (image === undefined) throw new RangeError("the kernel's package contains no /boot/vmlinuz-*");
  const version = image.slice("vmlinuz-".length);
  // Since Debian 13 packages ship their files under /usr; /lib is a link that no package contains.
  const parent = (await exists(join(root, "usr/lib/modules", version))) ? "usr/lib/modules" : "lib/modules";
  return { version, image: join(root, "boot", image), modules: join(root, parent, version) };
}

/** The first of some files that is there. @throws RangeError when none is */
export async function readFirst(root: string, paths: readonly string[]): Promise<Uint8Array> {
  for (const path of paths) {
    if (await exists(join(root, path))) return readFile(join(root, path));
  }
  throw new RangeError(`the packages contain none of ${paths.join(", ")}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
