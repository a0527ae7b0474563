import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, sha256, type BuildResult, type ReadyStage, type Stage } from "@vitest-machines/host";
import { linkOrCopy } from "../build/link-or-copy.ts";
import { lockedInputs } from "../lock/locked-inputs.ts";
import type { GuestFile } from "./guest-files.ts";
import { packInitramfs, parseApplets } from "./initramfs.ts";
import type { KernelModule } from "../modules/module-tree.ts";
import { kernelVersionFact, moduleOrderFact, modulePath, onDemandFact } from "./packages-stage.ts";
import type { ResolvedPackage } from "../apt/resolve-packages.ts";
import type { DebianRelease } from "../apt/suite.ts";

/** To be raised when this stage makes something else of the same parts. */
const builderVersion = "2";

export interface ImageStageOptions {
  readonly suite: DebianRelease;
  readonly agent: Uint8Array;
  readonly files: readonly GuestFile[];
  /** Packages that are locked, if they are. */
  readonly locked?: readonly ResolvedPackage[] | undefined;
  /** Asked for only when the image must be built. */
  readonly packages: () => Promise<ReadyStage>;
  readonly onPhase: (phase: string) => void;
}

/** The files that machines boot from: `kernel` and `initrd`. */
export function imageStage({ suite, agent, files, locked, packages, onPhase }: ImageStageOptions): Stage {
  const parts = files.map(({ path, mode, content }) => [path, `${mode} ${sha256(content)}`] as const);
  const made = { builderVersion, suite, agent: sha256(agent), ...lockedInputs(locked) };
  const key = digestOf({ ...made, ...Object.fromEntries(parts) });
  return {
    name: `tiny-${suite}-${key.slice(0, 16)}`,
    async build(folder): Promise<BuildResult> {
      const source = await packages();
      onPhase("packing the initramfs");
      const read = (path: string): Promise<Buffer> => readFile(join(source.folder, path));
      const { facts, packages: versions } = source.manifest;
      const modulesOf = (fact: string): Promise<KernelModule[]> => {
        const names = (facts[fact] ?? "").split(" ").filter(Boolean);
        return Promise.all(names.map(async (name) => ({ name, content: await read(modulePath(name)) })));
      };
      const initramfs = packInitramfs({
        busybox: await read("busybox"),
        applets: parseApplets((await read("applets")).toString()),
        modules: await modulesOf(moduleOrderFact),
        onDemand: await modulesOf(onDemandFact),
        kernelVersion: facts[kernelVersionFact] ?? "",
        agent,
        files,
      });
      await writeFile(join(folder, "initrd"), initramfs);
      await linkOrCopy(join(source.folder, "kernel"), join(folder, "kernel"));
      return { files: ["kernel", "initrd"], facts, packages: versions };
    },
  };
}
