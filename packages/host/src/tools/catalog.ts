/** Every host program that this project runs. */
export type ToolName =
  | "flock"
  | "gzip"
  | "mke2fs"
  | "mmdebstrap"
  | "newuidmap"
  | "qemu-img"
  | "qemu-system-x86_64"
  | "setpriv"
  | "tar"
  | "unshare"
  | "vde_plug"
  | "vde_switch"
  | "wirefilter"
  | "xz"
  | "zstd";

export type Distribution = "debian" | "fedora" | "arch" | "nix";

/** What a distribution calls the program's package. */
export type PackageNames = Readonly<Record<Distribution, string>>;

export interface ToolEntry {
  readonly name: ToolName;
  /** What it is needed for in general, to follow "needed to …". */
  readonly purpose: string;
  /**
   * `cluster`: nothing boots without it; `image`: only building images needs it; `feature`: only what `purpose` names.
   */
  readonly need: "cluster" | "image" | "feature";
  readonly packages: PackageNames;
  /** Arguments that make it print its version, where it can. */
  readonly versionArguments?: readonly string[] | undefined;
}

const utilLinux: PackageNames = { debian: "util-linux", fedora: "util-linux", arch: "util-linux", nix: "util-linux" };
const vde2: PackageNames = { debian: "vde2", fedora: "vde2", arch: "vde2", nix: "vde2" };

/** The one table of tools, their packages per distribution, and what becomes of a host that lacks them. */
export const toolCatalog: Readonly<Record<ToolName, ToolEntry>> = {
  "qemu-system-x86_64": {
    name: "qemu-system-x86_64",
    purpose: "run machines",
    need: "cluster",
    packages: { debian: "qemu-system-x86", fedora: "qemu-system-x86-core", arch: "qemu-system-x86", nix: "qemu" },
    versionArguments: ["--version"],
  },
  "qemu-img": {
    name: "qemu-img",
    purpose: "look into the disks of machines, as this project's own tests do",
    need: "feature",
    packages: { debian: "qemu-utils", fedora: "qemu-img", arch: "qemu-img", nix: "qemu" },
    versionArguments: ["--version"],
  },
  vde_switch: {
    name: "vde_switch",
    purpose: "connect machines to each other",
    need: "cluster",
    packages: vde2,
    versionArguments: ["--version"],
  },
  wirefilter: {
    name: "wirefilter",
    purpose: "delay, lose or damage packets on a link",
    need: "feature",
    packages: vde2,
  },
  vde_plug: {
    name: "vde_plug",
    purpose: "cut some machines of a network off from some others",
    need: "feature",
    packages: vde2,
  },
  setpriv: {
    name: "setpriv",
    purpose: "end machines together with the process that started them",
    need: "cluster",
    packages: utilLinux,
    versionArguments: ["--version"],
  },
  flock: {
    name: "flock",
    purpose: "share images and the budget between processes",
    need: "cluster",
    packages: utilLinux,
    versionArguments: ["--version"],
  },
  mmdebstrap: {
    name: "mmdebstrap",
    purpose: "build images from Debian packages",
    need: "image",
    packages: { debian: "mmdebstrap", fedora: "mmdebstrap", arch: "mmdebstrap", nix: "mmdebstrap" },
    versionArguments: ["--version"],
  },
  unshare: {
    name: "unshare",
    purpose: "build Debian images apart from the host's own files",
    need: "feature",
    packages: utilLinux,
    versionArguments: ["--version"],
  },
  newuidmap: {
    name: "newuidmap",
    purpose: "build Debian images without being root",
    need: "feature",
    packages: { debian: "uidmap", fedora: "shadow-utils", arch: "shadow", nix: "shadow" },
  },
  mke2fs: {
    name: "mke2fs",
    purpose: "build images with an ext4 disk, as Debian images have",
    need: "feature",
    packages: { debian: "e2fsprogs", fedora: "e2fsprogs", arch: "e2fsprogs", nix: "e2fsprogs" },
  },
  tar: {
    name: "tar",
    purpose: "export and import layers, and build Debian images",
    need: "feature",
    packages: { debian: "tar", fedora: "tar", arch: "tar", nix: "gnutar" },
    versionArguments: ["--version"],
  },
  gzip: {
    name: "gzip",
    purpose: "export and import layers",
    need: "feature",
    packages: { debian: "gzip", fedora: "gzip", arch: "gzip", nix: "gzip" },
    versionArguments: ["--version"],
  },
  xz: {
    name: "xz",
    purpose: "unpack kernels and modules that are compressed with it, as Debian 13's are",
    need: "feature",
    packages: { debian: "xz-utils", fedora: "xz", arch: "xz", nix: "xz" },
    versionArguments: ["--version"],
  },
  zstd: {
    name: "zstd",
    purpose: "build Debian images, and unpack kernels and modules that are compressed with it",
    need: "feature",
    packages: { debian: "zstd", fedora: "zstd", arch: "zstd", nix: "zstd" },
    versionArguments: ["--version"],
  },
};
