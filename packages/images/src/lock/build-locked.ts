import { cacheFolder, obtainStage } from "@vitest-machines/host";
import { join } from "node:path";
import { explainingFailures } from "../build/build-failure.ts";
import { kernelStage } from "../debian/kernel-stage.ts";
import { rootStage } from "../debian/root-stage.ts";
import { debianSpec } from "../debian/spec.ts";
import type { PrepareOptions } from "../image.ts";
import { findLockFile } from "./find-lock-file.ts";
import type { LockEntry } from "./lock-file.ts";
import { readLock } from "./read-lock.ts";
import { nameOf } from "./subject.ts";

export interface LockedBuild {
  /** Undefined when the project has none; then nothing was built. */
  readonly file: string | undefined;
  /** What was built or found, in words. */
  readonly names: readonly string[];
}

/**
 * Makes everything that a lock file describes: systems with their packages, and kernels. What declarations add to it, such as
 * files, is made in seconds when they are used.
 * @throws MachinesError IMAGE_BUILD_FAILED, IMAGE_LOCK_FAILED, TOOL_MISSING, ABORTED
 */
export async function buildLocked(projectFolder: string, options: PrepareOptions = {}): Promise<LockedBuild> {
  const file = findLockFile(projectFolder);
  if (file === undefined) return { file, names: [] };
  const entries = await readLock(file);
  for (const entry of entries) {
    await explainingFailures("debian", options.signal, () => build(entry, options));
  }
  return { file, names: entries.map(({ subject }) => nameOf(subject)) };
}

async function build(
  { subject, packages: locked }: LockEntry,
  { signal, onProgress, onNotice }: PrepareOptions,
): Promise<void> {
  const root = join(cacheFolder(), "images");
  const source = {
    ...{ locked, archives: join(root, "packages"), signal },
    onProgress: (phase: string) => onProgress?.({ image: nameOf(subject), phase }),
    onNotice: (text: string) => onNotice?.(text),
  };
  const { suite } = subject;
  const stage =
    "kernel" in subject
      ? kernelStage({ ...source, image: "debian", release: suite, flavour: subject.kernel })
      : rootStage({ ...source, spec: debianSpec({ suite, packages: subject.packages, mirror: subject.mirror }) });
  await obtainStage(root, stage, { signal, onNotice });
}
