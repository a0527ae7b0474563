import { MachinesError, withWorkshop, cacheFolder } from "@vitest-machines/host";
import { join } from "node:path";
import { openApt } from "../apt/package-source.ts";
import { resolvePackages, type ResolvedPackage } from "../apt/resolve-packages.ts";
import type { PrepareOptions } from "../image.ts";
import { findLockFile } from "./find-lock-file.ts";
import { entryOf, withEntry } from "./lock-file.ts";
import { changingLock, readLock, writeLock } from "./read-lock.ts";
import { nameOf, requestOf, type LockSubject } from "./subject.ts";

/**
 * The packages that a project's lock file has for a subject; undefined when the project has no lock file. One that the file
 * has no fitting entry for is resolved and added, except where CI is set: what is tested there is what was committed.
 * @throws MachinesError IMAGE_LOCK_FAILED, IMAGE_BUILD_FAILED, ABORTED
 */
export async function lockedPackages(
  image: string,
  subject: LockSubject,
  options: PrepareOptions & { readonly archives: string },
): Promise<readonly ResolvedPackage[] | undefined> {
  const file = findLockFile(options.projectFolder ?? process.cwd());
  if (file === undefined) return undefined;
  const found = entryOf(await readLock(file), subject);
  if (found !== undefined) return found.packages;
  if (isContinuousIntegration()) {
    throw new MachinesError(
      "IMAGE_LOCK_FAILED",
      `${file} has no fitting entry for the ${image} image: ${nameOf(subject)}`,
      {
        facts: { file, subject: nameOf(subject) },
        evidence: [await present(file)],
        hint: "With CI set nothing is added to it. Run the tests, or npx vitest-machines images build, without CI, and commit the file.",
      },
    );
  }
  const { signal, onNotice } = options;
  const onWait = (): void => onNotice?.(`waiting for another process that is changing ${file}`);
  return changingLock(
    file,
    async (name) => {
      const meanwhile = entryOf(await readLock(file), subject);
      if (meanwhile !== undefined) return meanwhile.packages;
      const packages = await resolveSubject(name, image, subject, options);
      await writeLock(file, withEntry(await readLock(file), { subject, packages }));
      onNotice?.(`added to ${file}: ${nameOf(subject)}`);
      return packages;
    },
    { signal, onWait },
  );
}

async function resolveSubject(
  name: string,
  image: string,
  subject: LockSubject,
  { archives, signal, onProgress, onNotice }: PrepareOptions & { readonly archives: string },
): Promise<ResolvedPackage[]> {
  const { asked, isNeeded } = requestOf(subject);
  return withWorkshop(join(cacheFolder(), "images"), name, async (folder) => {
    const apt = await openApt({
      ...{ image, release: subject.suite, folder, archives, signal },
      mirror: "mirror" in subject ? subject.mirror : undefined,
      onProgress: (phase) => onProgress?.({ image, phase }),
      onNotice: (text) => onNotice?.(text),
    });
    const resolved = await resolvePackages(image, apt, asked);
    return resolved.filter((each) => isNeeded(each.name));
  });
}

async function present(file: string): Promise<string> {
  const names = (await readLock(file)).map(({ subject }) => `  ${nameOf(subject)}`);
  return names.length === 0 ? "It has no entries yet." : ["It has entries for:", ...names.sort()].join("\n");
}

/** As other tools tell: CI services set it. */
function isContinuousIntegration(): boolean {
  return !["", "0", "false"].includes(process.env["CI"] ?? "");
}
