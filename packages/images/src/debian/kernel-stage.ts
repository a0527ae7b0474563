import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOf, requireTool, type BuildResult, type Stage } from "@vitest-machines/host";
import { extractPackages } from "../apt/extract-packages.ts";
import type { ResolvedPackage } from "../apt/resolve-packages.ts";
import type { DebianRelease } from "../apt/suite.ts";
import { packDiskInitramfs } from "../disk/disk-initramfs.ts";
import { bootableKernel } from "../kernel/bootable-kernel.ts";
import { findKernel, readFirst } from "../kernel/find-kernel.ts";
import { lockedInputs } from "../lock/locked-inputs.ts";
import { collectModules } from "../modules/module-tree.ts";
import { isKernelPackage, kernelPackages, type KernelFlavour } from "../apt/package-sets.ts";

/** To be raised when this stage makes something else of the same packages. */
const builderVersion = "1";

/**
 * What the disk, the agent and the network take. Everything else is udev's to load. ext4 finds its checksum through the crypto
 * API, which does not load modules before there is a root.
 */
const modules = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "virtio_console", "virtio_rng", "virtio_net"];

export interface KernelStageOptions {
  readonly image: string;
  readonly release: DebianRelease;
  readonly flavour: KernelFlavour;
  /** Exactly these packages. Default: what the mirror has now. */
  readonly locked?: readonly ResolvedPackage[] | undefined;
  /** Where downloaded packages are kept between builds. */
  readonly archives: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (phase: string, fraction?: number) => void;
  readonly onNotice: (text: string) => void;
}

/** A kernel and what belongs to it: `kernel`, `initrd` and `modules.tar.zst`, the folder `lib/modules`. */
export function kernelStage({ flavour, locked, ...source }: KernelStageOptions): Stage {
  const { image, release, signal, onProgress } = source;
  const init = new URL("../../guest/debian/init", import.meta.url);
  const made = { builderVersion, modules: modules.join(), init: readFileSync(init, "utf8") };
  return {
    name: `kernel-${flavour}-${release}-${digestOf({ ...made, ...lockedInputs(locked) }).slice(0, 12)}`,
    async build(folder): Promise<BuildResult> {
      const packages = { asked: kernelPackages(flavour), isNeeded: isKernelPackage, locked };
      const extracted = await extractPackages({ ...source, ...packages, folder });
      onProgress("unpacking the kernel");
      const boot = await findKernel(extracted.root);
      const kernel = await bootableKernel(await readFile(boot.image), signal);
      await writeFile(join(folder, "kernel"), kernel.bytes);
      const busybox = await readFirst(extracted.root, ["usr/bin/busybox", "bin/busybox"]);
      const loaded = await collectModules(boot.modules, modules);
      await writeFile(
        join(folder, "initrd"),
        packDiskInitramfs({ busybox, modules: loaded, init: await readFile(init) }),
      );
      await packModules(boot.modules, join(folder, "modules.tar.zst"), image);
      return {
        files: ["kernel", "initrd", "modules.tar.zst"],
        facts: { release, kernelVersion: boot.version, kernelFormat: kernel.format },
        packages: extracted.packages,
      };
    },
  };
}

/** The folder of modules as `lib/modules/VERSION`, the same bytes of the same files. */
async function packModules(modulesFolder: string, file: string, image: string): Promise<void> {
  const tar = requireTool("tar", `building the ${image} image`);
  requireTool("zstd", `building the ${image} image`);
  await mkdir(dirname(file), { recursive: true });
  const { execa } = await import("execa");
  const version = modulesFolder.slice(dirname(modulesFolder).length + 1);
  const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  const rename = ["--transform", "s,^,lib/modules/,"];
  await execa(tar, ["-I", "zstd -3", "-cf", file, ...same, ...rename, "-C", dirname(modulesFolder), version]);
}
