import { packCpio } from "../archive/cpio.ts";
import type { KernelModule } from "../modules/module-tree.ts";

export interface DiskInitramfsParts {
  readonly busybox: Uint8Array;
  /** In load order. */
  readonly modules: readonly KernelModule[];
  /** PID 1. */
  readonly init: Uint8Array;
}

/** An initramfs that does no more than find the machine's disk and go on there. */
export function packDiskInitramfs({ busybox, modules, init }: DiskInitramfsParts): Buffer {
  const list = Buffer.from(modules.map(({ name }) => `${name}\n`).join(""));
  const folders = ["bin", "dev", "etc", "lib", "lib/modules", "root"];
  return packCpio([
    ...folders.map((path) => ({ path, type: "folder", mode: 0o755 }) as const),
    // The kernel opens the console for PID 1 before anything can mount devtmpfs.
    { path: "dev/console", type: "device", mode: 0o600, major: 5, minor: 1 },
    { path: "bin/busybox", type: "file", mode: 0o755, content: busybox },
    ...modules.map(
      ({ name, content }) => ({ path: `lib/modules/${name}.ko`, type: "file", mode: 0o644, content }) as const,
    ),
    { path: "etc/modules", type: "file", mode: 0o644, content: list },
    { path: "init", type: "file", mode: 0o755, content: init },
  ]);
}
