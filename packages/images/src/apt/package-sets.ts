/** What every system has, in the words of apt. */
const always = ["?essential", "?priority(required)", "apt"];

/** What every image has beside that: systemd with its sessions, devices, modules and the network. */
const basePackages = [
  "systemd",
  "systemd-sysv",
  "libpam-systemd",
  "dbus",
  "udev",
  "kmod",
  "iproute2",
  "iputils-ping",
].concat(["netbase", "procps", "less"]);

/** The packages that an image is made of by their names, sorted. */
export function systemPackages(declared: readonly string[]): string[] {
  return [...new Set([...basePackages, ...declared])].sort();
}

/** What apt is asked for to have all of them on an empty system. */
export function askedForSystem(declared: readonly string[]): string[] {
  return [...always, ...systemPackages(declared)];
}

export type KernelFlavour = "cloud" | "generic";

const kernels: Readonly<Record<KernelFlavour, string>> = {
  cloud: "linux-image-cloud-amd64",
  generic: "linux-image-amd64",
};

/** A kernel, and the shell that finds its root. */
export function kernelPackages(flavour: KernelFlavour): string[] {
  return [kernels[flavour], "busybox-static"];
}

/** Of what a kernel's package wants, an image needs no more than the files of the kernel. */
export function isKernelPackage(name: string): boolean {
  return name.startsWith("linux-image-") || name === "busybox-static";
}
