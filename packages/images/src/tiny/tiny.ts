import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { agentBinary } from "@vitest-machines/agent";
import { cacheFolder, contentDigest, digestOf, obtainStage } from "@vitest-machines/host";
import { udhcpc } from "../dhcp/clients.ts";
import type { BootFiles, Image, PrepareOptions } from "../image.ts";
import { explainingFailures } from "../build/build-failure.ts";
import { lockedPackages } from "../lock/locked-packages.ts";
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
 * IMAGE_LOCK_FAILED, TOOL_MISSING or ABORTED.
 *
 * @throws MachinesError DECLARATION_INVALID for an unknown suite
 */
export function tiny(options: TinyOptions = {}): Image {
  const suite = releaseOf("tiny", options.suite ?? "bookworm");
  return {
    name: "tiny",
    key: `tiny-${suite}`,
    defaultMemoryMiB: 128,
    lacks: ["nft"],
    async prepare(options: PrepareOptions = {}): Promise<BootFiles> {
      const { signal, onProgress } = options;
      const root = join(cacheFolder(), "images");
      const archives = join(root, "packages");
      const onNotice = (text: string): void => options.onNotice?.(text);
      const progress = (phase: string, fraction?: number): void => onProgress?.({ image: "tiny", phase, fraction });
      const onWait = (): void => onNotice("waiting for another process that is building the tiny image");
      const obtaining = { signal, onNotice, onWait };
      const { folder, manifest } = await explainingFailures("tiny", signal, async () => {
        const locked = await lockedPackages("tiny", { suite, kernel: "cloud" }, { ...options, archives });
        const source = { suite, locked, archives, signal, onProgress: progress, onNotice };
        const stage = imageStage({
          ...{ suite, locked, onPhase: progress },
          agent: await readFile(agentBinary()),
          files: readGuestFiles(),
          packages: () => obtainStage(root, packagesStage(source), obtaining),
        });
        return obtainStage(root, stage, obtaining);
      });
      return {
        digest: digestOf({ content: contentDigest(manifest), kernelParams: kernelParams.join(" ") }),
        kernel: join(folder, "kernel"),
        initrd: join(folder, "initrd"),
        kernelParams,
        dhcp: udhcpc(),
      };
    },
  };
}
