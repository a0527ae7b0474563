/**
 * What the host must have, and the package that has it. This runs before anything is built, so it repeats the catalog of
 * @vitest-machines/host, and a test compares the two; below that, what only building the guest agent takes, and what only tests use.
 * Names are programs in PATH, or absolute paths of files.
 */
export const programs = {
  "qemu-system-x86_64": {
    debian: "qemu-system-x86",
    fedora: "qemu-system-x86-core",
    arch: "qemu-system-x86",
    nix: "qemu",
  },
  "qemu-img": { debian: "qemu-utils", fedora: "qemu-img", arch: "qemu-img", nix: "qemu" },
  vde_switch: same("vde2"),
  wirefilter: same("vde2"),
  vde_plug: same("vde2"),
  setpriv: same("util-linux"),
  flock: same("util-linux"),
  unshare: same("util-linux"),
  newuidmap: { debian: "uidmap", fedora: "shadow-utils", arch: "shadow", nix: "shadow" },
  mke2fs: same("e2fsprogs"),
  mmdebstrap: same("mmdebstrap"),
  xz: { debian: "xz-utils", fedora: "xz", arch: "xz", nix: "xz" },
  zstd: same("zstd"),
  tar: { debian: "tar", fedora: "tar", arch: "tar", nix: "gnutar" },
  gzip: same("gzip"),
};

export const buildPrograms = {
  gcc: same("gcc"),
  // musl brings no kernel headers of its own.
  "/usr/include/linux/netlink.h": {
    debian: "linux-libc-dev",
    fedora: "kernel-headers",
    arch: "linux-api-headers",
    nix: "linuxHeaders",
  },
  "musl-gcc": { debian: "musl-tools", fedora: "musl-gcc", arch: "musl", nix: "musl" },
};

export const testPrograms = {
  ip: { debian: "iproute2", fedora: "iproute", arch: "iproute2", nix: "iproute2" },
  cpio: same("cpio"),
  lz4: same("lz4"),
};

function same(name) {
  return { debian: name, fedora: name, arch: name, nix: name };
}
