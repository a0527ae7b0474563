import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentBinary } from "@vitest-machines/agent";
import { cacheFolder, contentDigest, digestOf, obtainStage, sha256 } from "@vitest-machines/host";
import { explainingFailures } from "../build/build-failure.ts";
import { networkd } from "../dhcp/clients.ts";
import type { BootFiles, Image, PrepareOptions } from "../image.ts";
import { lockedPackages } from "../lock/locked-packages.ts";
import { kernelParams } from "../tiny/kernel-params.ts";
import { diskStage } from "./disk-stage.ts";
import { kernelStage } from "./kernel-stage.ts";
import type { DebianOptions } from "./options.ts";
import { rootStage } from "./root-stage.ts";
import { debianSpec, specDigest, type DebianSpec } from "./spec.ts";

/** To be raised when machines boot otherwise from the same files. */
const bootVersion = "2";

/**
 * A real Debian with systemd, from packages, files, units, users and commands.
 *
 * Its root is ext4 on a disk of its own; the kernel is booted directly. It is ready when systemd has started everything;
 * units that failed are named in a notice. Machines of one image have its SSH host keys in common, and forks of one layer
 * their machine id as well.
 *
 * `prepare()` builds it once, in a minute or two, from the mirrors that the host's apt uses, whose signatures are checked;
 * later it only checks the files in the cache folder. Packages are kept, so that another image downloads only what is new.
 * Needs mmdebstrap; no root, but sub-uids for whoever is not. It rejects with IMAGE_BUILD_FAILED,
 * IMAGE_LOCK_FAILED, TOOL_MISSING or ABORTED.
 *
 * @throws MachinesError DECLARATION_INVALID
 */
export function debian(options: DebianOptions = {}): Image {
  const spec = debianSpec(options);
  return {
    name: "debian",
    key: `debian-${spec.release}-${specDigest(spec).slice(0, 16)}`,
    defaultMemoryMiB: 512,
    disk: { sizeMiB: spec.sizeMiB },
    prepare: (prepareOptions) => prepare(spec, prepareOptions),
  };
}

async function prepare(spec: DebianSpec, options: PrepareOptions = {}): Promise<BootFiles> {
  const image = "debian";
  const { signal, onProgress } = options;
  const { release, mirror, packages } = spec;
  const root = join(cacheFolder(), "images");
  const archives = join(root, "packages");
  const progress = (phase: string, fraction?: number): void => onProgress?.({ image, phase, fraction });
  const onNotice = (text: string): void => options.onNotice?.(text);
  const onPhase = (phase: string): void => progress(phase);
  const onWait = (): void => onNotice("waiting for another process that is building a debian image");
  const obtaining = { signal, onNotice, onWait };
  const source = { archives, signal, onProgress: progress, onNotice };
  return explainingFailures(image, signal, async () => {
    const locking = { ...options, archives };
    const subject = { suite: release, packages, ...(mirror !== undefined && { mirror }) };
    const lockedSystem = await lockedPackages(image, subject, locking);
    const lockedKernel = await lockedPackages(image, { suite: release, kernel: spec.kernel }, locking);
    const system = await obtainStage(root, rootStage({ ...source, spec, locked: lockedSystem }), obtaining);
    const kernelOptions = { ...source, image, release, flavour: spec.kernel, locked: lockedKernel };
    const kernel = await obtainStage(root, kernelStage(kernelOptions), obtaining);
    const disk = diskStage({
      spec,
      root: system,
      kernel,
      agent: await readFile(agentBinary()),
      guestDigest: await guestDigest(),
      signal,
      onPhase,
    });
    const { folder, manifest } = await obtainStage(root, disk, obtaining);
    const content = { disk: contentDigest(manifest), kernel: contentDigest(kernel.manifest) };
    return {
      digest: digestOf({ ...content, bootVersion, kernelParams: kernelParams.join(" ") }),
      kernel: join(kernel.folder, "kernel"),
      initrd: join(kernel.folder, "initrd"),
      kernelParams: [...kernelParams, "net.ifnames=0"],
      disk: { path: join(folder, "disk"), format: "raw", grow: ["/lib/systemd/systemd-growfs", "/"] },
      settled: ["/usr/lib/vitest-machines/settled"],
      contents: {
        param: "vitest-machines.contents",
        wanted: "/run/vitest-machines/contents-wanted",
        put: "/run/vitest-machines/contents-put",
      },
      dhcp: networkd(),
      pending: ["systemctl", "list-jobs", "--no-pager", "--plain"],
      machineIdParam: "systemd.machine_id",
      hostnameParam: "systemd.hostname",
    };
  });
}

/** Identity of the files under `guest/debian` of this package: what every image has, and what makes it. */
async function guestDigest(): Promise<string> {
  const folder = fileURLToPath(new URL("../../guest/debian", import.meta.url));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const parts = files.map(async (file) => [file.slice(folder.length), sha256(await readFile(file))] as const);
  return digestOf(Object.fromEntries(await Promise.all(parts)));
}
