import { packCpio, type ArchiveEntry } from "../archive/cpio.ts";
import { depFiles } from "../modules/dep-files.ts";
import type { KernelModule } from "../modules/module-tree.ts";
import type { GuestFile } from "./guest-files.ts";

export interface InitramfsParts {
  readonly busybox: Uint8Array;
  /** Paths of busybox's applets in the guest, such as `usr/bin/wget`. */
  readonly applets: readonly string[];
  /** In load order. */
  readonly modules: readonly KernelModule[];
  /** Those that modprobe loads, for whom the kernel calls it. */
  readonly onDemand: readonly KernelModule[];
  readonly kernelVersion: string;
  readonly agent: Uint8Array;
  readonly files: readonly GuestFile[];
}

const folders = ["bin", "dev", "etc", "home", "lib", "lib/modules", "mnt", "proc", "run", "sbin", "srv", "sys", "usr"]
  .concat(["usr/bin", "usr/lib", "usr/sbin", "usr/share", "var", "var/lib", "var/log", "var/www"])
  .map((path) => ({ path, type: "folder", mode: 0o755 }) as const);

/** The root file system of the tiny image, as the archive that the kernel unpacks. */
export function packInitramfs(parts: InitramfsParts): Buffer {
  return packCpio(rootEntries(parts));
}

/** What is in that file system, folders before what is in them. */
export function rootEntries(parts: InitramfsParts): ArchiveEntry[] {
  const { busybox, applets, modules, agent, files } = parts;
  return [
    ...folders,
    { path: "root", type: "folder", mode: 0o700 },
    { path: "home/user", type: "folder", mode: 0o755, owner: 1000 },
    { path: "tmp", type: "folder", mode: 0o1777 },
    // The kernel opens the console for PID 1 before anything can mount devtmpfs.
    { path: "dev/console", type: "device", mode: 0o600, major: 5, minor: 1 },
    { path: "dev/null", type: "device", mode: 0o666, major: 1, minor: 3 },
    { path: "var/run", type: "link", target: "/run" },
    { path: "etc/mtab", type: "link", target: "/proc/self/mounts" },
    // Set-uid: busybox drops the right again in every applet that does not need it; ping does, for ordinary users.
    { path: "bin/busybox", type: "file", mode: 0o4755, content: busybox },
    ...applets.map((path) => ({ path, type: "link", target: "/bin/busybox" }) as const),
    { path: "sbin/agent", type: "file", mode: 0o755, content: agent },
    ...modules.map(
      ({ name, content }) => ({ path: `lib/modules/${name}.ko`, type: "file", mode: 0o644, content }) as const,
    ),
    ...modprobeEntries(parts),
    { path: "etc/modules", type: "file", mode: 0o644, content: text(modules.map(({ name }) => `${name}\n`).join("")) },
    ...files.map((file) => ({ ...file, type: "file" }) as const),
  ];
}

function modprobeEntries({ onDemand, kernelVersion }: InitramfsParts): ArchiveEntry[] {
  const path = `lib/modules/${kernelVersion}`;
  const { dep, alias } = depFiles(onDemand);
  const file = (name: string, content: Uint8Array): ArchiveEntry => {
    return { path: `${path}/${name}`, type: "file", mode: 0o644, content };
  };
  return [
    { path, type: "folder", mode: 0o755 },
    ...onDemand.map(({ name, content }) => file(`${name}.ko`, content)),
    file("modules.dep", text(dep)),
    file("modules.alias", text(alias)),
  ];
}

/** Applets that would be PID 1 or the shell of a rescue disk, and the program itself. */
const notLinked = new Set(["bin/busybox", "linuxrc", "init", "sbin/init"]);

/** The applets to link, from the output of `busybox --list-full`. */
export function parseApplets(list: string): string[] {
  return list.split("\n").filter((path) => path !== "" && !notLinked.has(path));
}

function text(content: string): Buffer {
  return Buffer.from(content);
}
