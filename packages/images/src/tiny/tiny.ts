import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { agentBinary } from "@vitest-machines/agent";
import { cacheFolder, contentDigest, digestOf, obtainStage } from "@vitest-machines/host";
import type { BootFiles, Image, PrepareOptions } from "../image.ts";
import { explainingFailures } from "../build/build-failure.ts";
import { readGuestFiles } from "./guest-files.ts";
import { imageStage } from "./image-stage.ts";
import { kernelParams } from "./kernel-params.ts";
import { packagesStage } from "./packages-stage.ts";
import { releaseOf, type DebianSuite } from "../apt/suite.ts";

export interface TinyOptions {
  /** Debian release to take kernel and busybox from. Default: `bookworm` (12). */
  suite?: DebianSuite | undefined;
}

/**
 * The default image: Debian's cloud kernel and static busybox (`sh`, `ip`, `ping`, `nc`, `wget`, `httpd`, …), all in
 * memory, without systemd and without a package manager. Boots in about two seconds without KVM.
 *
 * `prepare()` builds it once, in well under a minute, from the Debian mirrors that the host uses; later it only checks
 * the files in the cache folder. Needs mmdebstrap for building; no root. It rejects with IMAGE_BUILD_FAILED,
 * TOOL_MISSING or ABORTED.
 *
 * @throws MachinesError DECLARATION_INVALID for an unknown suite
 */
export function tiny(options: TinyOptions = {}): Image {
  const suite = releaseOf("tiny", options.suite ?? "bookworm");
  return {
    name: "tiny",
    key: `tiny-${suite}`,
    defaultMemoryMiB: 128,
    async prepare({ signal, onProgress, onNotice }: PrepareOptions = {}): Promise<BootFiles> {
      const root = join(cacheFolder(), "images");
      const onPhase = (phase: string): void => onProgress?.({ image: "tiny", phase });
      const onWait = (): void => onNotice?.("waiting for another process that is building the tiny image");
      const stageOptions = { signal, onNotice, onWait };
      const stage = imageStage({
        suite,
        agent: await readFile(agentBinary()),
        files: readGuestFiles(),
        packages: () => obtainStage(root, packagesStage({ suite, signal, onPhase }), stageOptions),
        onPhase,
      });
      const { folder, manifest } = await explainingFailures("tiny", signal, () =>
        obtainStage(root, stage, stageOptions),
      );
      return {
        digest: digestOf({ content: contentDigest(manifest), kernelParams: kernelParams.join(" ") }),
        kernel: join(folder, "kernel"),
        initrd: join(folder, "initrd"),
        kernelParams,
      };
    },
  };
}
