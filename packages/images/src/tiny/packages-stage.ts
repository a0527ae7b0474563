import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, type BuildResult, type Stage } from "@vitest-machines/host";
import { extractPackages } from "../apt/extract-packages.ts";
import type { ResolvedPackage } from "../apt/resolve-packages.ts";
import type { DebianRelease } from "../apt/suite.ts";
import { isKernelPackage, kernelPackages } from "../apt/package-sets.ts";
import { bootableKernel } from "../kernel/bootable-kernel.ts";
import { findKernel, readFirst } from "../kernel/find-kernel.ts";
import { lockedInputs } from "../lock/locked-inputs.ts";
import { collectModules } from "../modules/module-tree.ts";

/** To be raised when this stage makes something else of the same packages. */
const builderVersion = "1";

const packages = kernelPackages("cloud");

/**
 * What the guest loads before the agent starts. virtio_rng is not a luxury: without it the first user of random numbers
 * waits for the kernel to gather some.
 */
const modules = ["virtio_pci", "virtio_console", "virtio_net", "virtio_blk", "virtio_rng"];

/** What is loaded only by who asks for it: `ip link add … type vlan`. */
const onDemand = ["8021q"];

/** Load order of the modules, as facts in the manifest. */
export const moduleOrderFact = "modules";
export const onDemandFact = "modulesOnDemand";
export const kernelVersionFact = "kernelVersion";

export interface PackagesStageOptions {
  readonly suite: DebianRelease;
  /** Exactly these packages. Default: what the mirror has now. */
  readonly locked?: readonly ResolvedPackage[] | undefined;
  /** Where downloaded packages are kept between builds. */
  readonly archives: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (phase: string, fraction?: number) => void;
  readonly onNotice: (text: string) => void;
}

/**
 * The part of the image that comes from the network: `kernel`, `busybox`, `applets` and `modules/*.ko`. It is kept apart so that
 * a new agent or init script needs no download.
 */
export function packagesStage({ suite, locked, ...source }: PackagesStageOptions): Stage {
  const { signal, onProgress } = source;
  const made = { builderVersion, packages: packages.join(), modules: modules.join(), onDemand: onDemand.join() };
  return {
    name: `packages-${suite}-${digestOf({ ...made, ...lockedInputs(locked) }).slice(0, 12)}`,
    async build(folder): Promise<BuildResult> {
      const extracted = await extractPackages({
        ...source,
        ...{ image: "tiny", release: suite, asked: packages, isNeeded: isKernelPackage, locked, folder },
      });
      onProgress("unpacking the kernel");
      const boot = await findKernel(extracted.root);
      const kernel = await bootableKernel(await readFile(boot.image), signal);
      await writeFile(join(folder, "kernel"), kernel.bytes);
      const busybox = await readFirst(extracted.root, ["usr/bin/busybox", "bin/busybox"]);
      await writeFile(join(folder, "busybox"), busybox, { mode: 0o755 });
      const { execa } = await import("execa");
      // Only the program itself knows what it was built with.
      await writeFile(join(folder, "applets"), (await execa(join(folder, "busybox"), ["--list-full"])).stdout);
      await mkdir(join(folder, "modules"));
      const all = await collectModules(boot.modules, [...modules, ...onDemand]);
      for (const { name, content } of all) await writeFile(join(folder, modulePath(name)), content);
      const loaded = (await collectModules(boot.modules, modules)).map(({ name }) => name);
      const others = all.map(({ name }) => name).filter((name) => !loaded.includes(name));
      return {
        files: ["kernel", "busybox", "applets", ...[...loaded, ...others].map(modulePath)],
        facts: {
          suite,
          [kernelVersionFact]: boot.version,
          kernelFormat: kernel.format,
          [moduleOrderFact]: loaded.join(" "),
          [onDemandFact]: others.join(" "),
        },
        packages: extracted.packages,
      };
    },
  };
}

/** Where a module is in the folder of the stage. */
export function modulePath(name: string): string {
  return `modules/${name}.ko`;
}
