import { chmod, mkdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { agentBinary } from "@vitest-machines/agent";
import {
  cacheFolder,
  contentDigest,
  digestOf,
  obtainStage,
  requireTool,
  sha256,
  type BuildResult,
  type ReadyStage,
  type Stage,
} from "@vitest-machines/host";
import { execa } from "execa";
import type { ArchiveEntry } from "../../src/archive/cpio.ts";
import { packDiskInitramfs } from "../../src/disk/disk-initramfs.ts";
import type { BootFiles, Image, PrepareOptions } from "../../src/image.ts";
import { readGuestFiles } from "../../src/tiny/guest-files.ts";
import { parseApplets, rootEntries } from "../../src/tiny/initramfs.ts";
import { kernelParams } from "../../src/tiny/kernel-params.ts";
import { moduleOrderFact, modulePath, packagesStage } from "../../src/tiny/packages-stage.ts";

/** To be raised when the image is built differently of the same parts. */
const builderVersion = "1";
const diskBytes = 64 * 1024 * 1024;

/** PID 1 of the initramfs: finds the disk and goes on there. */
const init = `#!/bin/busybox sh
PATH=/bin
busybox mount -t devtmpfs dev /dev
while read -r module; do busybox insmod "/lib/modules/$module.ko"; done < /etc/modules
while [ ! -b /dev/vda ]; do busybox sleep 0.01; done
busybox mount -t ext4 /dev/vda /root
busybox umount /dev
exec busybox switch_root /root /init
`;

/**
 * The tiny image's programs on an ext4 disk instead of in memory, for tests of disks: root is /dev/vda. Built once, in
 * seconds, into the cache folder. Everything on it belongs to whoever built it, because nobody else is needed for that.
 */
export function ext4Image(): Image {
  return {
    name: "ext4",
    key: "ext4-for-tests",
    defaultMemoryMiB: 128,
    async prepare({ signal, onProgress, onNotice }: PrepareOptions = {}): Promise<BootFiles> {
      const root = join(cacheFolder(), "images");
      const onPhase = (phase: string): void => onProgress?.({ image: "ext4", phase });
      const options = { signal, onNotice };
      const silent = { onProgress: onPhase, onNotice: () => undefined };
      const source = { suite: "bookworm" as const, archives: join(root, "packages"), signal, ...silent };
      const packages = await obtainStage(root, packagesStage(source), options);
      const agent = await readFile(agentBinary());
      const { folder, manifest } = await obtainStage(root, diskStage(packages, agent, onPhase), options);
      const kernel = join(packages.folder, "kernel");
      const content = { disk: contentDigest(manifest), packages: contentDigest(packages.manifest) };
      return {
        digest: digestOf({ ...content, kernelParams: kernelParams.join(" ") }),
        kernel,
        initrd: join(folder, "initrd"),
        kernelParams,
        disk: { path: join(folder, "disk"), format: "raw" },
      };
    },
  };
}

function diskStage(packages: ReadyStage, agent: Buffer, onPhase: (phase: string) => void): Stage {
  const files = readGuestFiles();
  const parts = files.map(({ path, mode, content }) => [path, `${mode} ${sha256(content)}`] as const);
  const made = { builderVersion, init, packages: contentDigest(packages.manifest), agent: sha256(agent) };
  return {
    name: `ext4-test-${digestOf({ ...made, ...Object.fromEntries(parts) }).slice(0, 16)}`,
    async build(folder): Promise<BuildResult> {
      onPhase("making the disk");
      const read = (path: string): Promise<Buffer> => readFile(join(packages.folder, path));
      const order = (packages.manifest.facts[moduleOrderFact] ?? "").split(" ").filter(Boolean);
      const modules = await Promise.all(order.map(async (name) => ({ name, content: await read(modulePath(name)) })));
      const busybox = await read("busybox");
      await writeFile(join(folder, "initrd"), packDiskInitramfs({ busybox, modules, init: Buffer.from(init) }));
      // The modules are loaded before this file system is there.
      const applets = parseApplets((await read("applets")).toString());
      const tree = join(folder, "tree");
      await mkdir(tree);
      await writeTree(
        tree,
        rootEntries({ busybox, applets, modules: [], onDemand: [], kernelVersion: "none", agent, files }),
      );
      await makeExt4(join(folder, "disk"), tree);
      await rm(tree, { recursive: true });
      return { files: ["initrd", "disk"], facts: packages.manifest.facts, packages: packages.manifest.packages };
    },
  };
}

/** Entries as real files. Devices are left out: only root can make them, and devtmpfs has them all. */
async function writeTree(folder: string, entries: readonly ArchiveEntry[]): Promise<void> {
  for (const entry of entries) {
    const path = join(folder, entry.path);
    if (entry.type === "folder") await mkdir(path);
    if (entry.type === "link") await symlink(entry.target, path);
    if (entry.type === "file") await writeFile(path, entry.content);
    // Without the set-uid bit: it would make root's busybox run as whoever built the image.
    if (entry.type === "folder" || entry.type === "file") await chmod(path, entry.mode & 0o777);
  }
}

async function makeExt4(disk: string, tree: string): Promise<void> {
  await writeFile(disk, "");
  await truncate(disk, diskBytes);
  const mke2fs = requireTool("mke2fs", "the ext4 image of these tests");
  // Nothing is left for the guest's kernel to initialize while tests look at the disk.
  const features = ["-E", "root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0"];
  await execa(mke2fs, ["-q", "-F", "-t", "ext4", ...features, "-d", tree, disk], { stdin: "ignore" });
}
