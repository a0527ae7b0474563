import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  contentDigest,
  digestOf,
  requireTool,
  sha256,
  type BuildResult,
  type ReadyStage,
  type Stage,
} from "@vitest-machines/host";
import { linkOrCopy } from "../build/link-or-copy.ts";
import { runInNamespace } from "../build/in-namespace.ts";
import { customizeScript, fileName } from "./customize-script.ts";
import { specDigest, type DebianSpec } from "./spec.ts";
import { buildEpoch } from "./epoch.ts";

export interface DiskStageOptions {
  readonly spec: DebianSpec;
  readonly root: ReadyStage;
  readonly kernel: ReadyStage;
  /** The guest's agent. */
  readonly agent: Uint8Array;
  /** Identity of the files that every image has, and of the script that makes the disk. */
  readonly guestDigest: string;
  readonly signal?: AbortSignal | undefined;
  readonly onPhase: (phase: string) => void;
}

const guestFolder = fileURLToPath(new URL("../../guest/debian", import.meta.url));

/** `disk`: the root file system of a declared image, ext4, of its full size and sparse. */
export function diskStage({ spec, root, kernel, agent, guestDigest, signal, onPhase }: DiskStageOptions): Stage {
  const script = customizeScript(spec);
  const made = {
    spec: specDigest(spec),
    script: sha256(script),
    root: contentDigest(root.manifest),
    kernel: contentDigest(kernel.manifest),
    agent: sha256(agent),
    guest: guestDigest,
  };
  const key = digestOf(made);
  return {
    name: `debian-${spec.release}-${key.slice(0, 16)}`,
    sparse: true,
    async build(folder): Promise<BuildResult> {
      for (const tool of ["mke2fs", "tar", "zstd"] as const) requireTool(tool, "building the debian image");
      const work = join(folder, "work");
      const overlay = join(work, "overlay");
      await mkdir(join(work, "files"), { recursive: true });
      await cp(join(guestFolder, "root"), overlay, { recursive: true });
      await writeFile(join(overlay, "usr/lib/vitest-machines/agent"), agent, { mode: 0o755 });
      await writeFile(join(work, "customize"), script);
      await Promise.all(
        spec.files.map(({ content }, index) => writeFile(join(work, "files", fileName(index)), content)),
      );
      await linkOrCopy(join(root.folder, "root.tar.zst"), join(work, "root.tar.zst"));
      await linkOrCopy(join(kernel.folder, "modules.tar.zst"), join(work, "modules.tar.zst"));
      await runInNamespace({
        image: "debian",
        argv: [join(guestFolder, "build-disk"), `${spec.sizeMiB}M`, join(folder, "disk")],
        folder: work,
        env: { UUID: uuidOf(key), SOURCE_DATE_EPOCH: buildEpoch },
        signal,
        onLine: (line) => {
          const [, phase] = /^phase (.*)$/.exec(line) ?? [];
          if (phase !== undefined) onPhase(phase);
        },
      });
      return {
        files: ["disk"],
        facts: { ...root.manifest.facts, kernelVersion: kernel.manifest.facts["kernelVersion"] ?? "" },
        packages: root.manifest.packages,
      };
    },
  };
}

/** One that is the same for the same image, so that its disk is, too. */
function uuidOf(key: string): string {
  return [key.slice(0, 8), key.slice(8, 12), `4${key.slice(13, 16)}`, `8${key.slice(17, 20)}`, key.slice(20, 32)].join(
    "-",
  );
}
