import { describe, expect, it } from "vitest";
import { commandLine, type QemuPlan } from "../../src/qemu/command-line.ts";
import { machineFiles } from "../../src/qemu/files.ts";
import { interfaceOn } from "../../src/topology/addresses.ts";
import { optionPairs, valuesOf } from "./arguments.ts";

const boot = { digest: "d", kernel: "/k/vmlinux", initrd: "/k/initrd", kernelParams: ["console=ttyS0", "quiet"] };
const plan: QemuPlan = {
  program: "/usr/bin/qemu-system-x86_64",
  accelerator: "tcg",
  node: {
    name: "web",
    memoryMiB: 128,
    cpus: 2,
    kernelParams: ["ro"],
    interfaces: [interfaceOn(1, 7, 1), interfaceOn(9, 7, 2)],
  },
  boot,
  files: machineFiles("/r/n7"),
  switches: new Map([
    [1, "/r/v1"],
    [9, "/r/v9"],
  ]),
};

describe("the command line of a machine", () => {
  const argv = commandLine(plan);

  it("has only what is declared: no default devices, no user's configuration, no window", () => {
    expect(argv[0]).toBe("/usr/bin/qemu-system-x86_64");
    expect(argv).toEqual(expect.arrayContaining(["-nodefaults", "-no-user-config", "-S"]));
    expect(optionPairs(argv)).toContainEqual(["-display", "none"]);
    expect(valuesOf(argv, "-smp")).toEqual(["2"]);
  });

  it("keeps memory in a shared file, so that a machine can be frozen without copying it", () => {
    expect(valuesOf(argv, "-m")).toEqual(["128M"]);
    expect(valuesOf(argv, "-object")).toContain("memory-backend-file,id=memory0,size=128M,mem-path=/r/n7/ram,share=on");
    expect(valuesOf(argv, "-machine")).toEqual(["pc,memory-backend=memory0"]);
  });

  it("has nothing that would stand in the way of a freeze", () => {
    expect(argv.join(" ")).not.toMatch(/nvme|9p|virtfs|-netdev user/);
  });

  it("boots the kernel directly, with the node's own parameters last", () => {
    expect(valuesOf(argv, "-kernel")).toEqual(["/k/vmlinux"]);
    expect(valuesOf(argv, "-initrd")).toEqual(["/k/initrd"]);
    expect(valuesOf(argv, "-append")).toEqual(["panic=-1 console=ttyS0 quiet ro"]);
  });

  it("plugs a card without option ROM into the switch of each VLAN", () => {
    expect(valuesOf(argv, "-netdev")).toEqual(["vde,id=vlan0,sock=/r/v1", "vde,id=vlan1,sock=/r/v9"]);
    const cards = valuesOf(argv, "-device").filter((device) => device?.startsWith("virtio-net-pci"));
    expect(cards).toEqual([
      "virtio-net-pci,netdev=vlan0,mac=52:54:00:12:01:07,romfile=",
      "virtio-net-pci,netdev=vlan1,mac=52:54:00:12:09:07,romfile=",
    ]);
  });

  it("offers control, console and agent as unix sockets of their own", () => {
    expect(valuesOf(argv, "-chardev").sort()).toEqual([
      "socket,id=agent0,path=/r/n7/agent,server=on,wait=off",
      "socket,id=console0,path=/r/n7/console,server=on,wait=off",
      "socket,id=qmp0,path=/r/n7/qmp,server=on,wait=off",
    ]);
    expect(valuesOf(argv, "-mon")).toEqual(["chardev=qmp0,mode=control"]);
    expect(valuesOf(argv, "-serial")).toEqual(["chardev:console0"]);
    expect(valuesOf(argv, "-device")).toContain(
      "virtserialport,bus=virtio-serial0.0,chardev=agent0,name=org.vitest-machines.agent",
    );
  });

  it("ends instead of starting over when the guest resets itself", () => {
    expect(valuesOf(argv, "-action")).toEqual(["reboot=shutdown"]);
  });

  it("uses the host's CPU with KVM and threads without", () => {
    expect(valuesOf(argv, "-accel")).toEqual(["tcg,thread=multi,tb-size=64"]);
    const kvm = commandLine({ ...plan, accelerator: "kvm" });
    expect(valuesOf(kvm, "-accel")).toEqual(["kvm"]);
    expect(valuesOf(kvm, "-cpu")).toEqual(["host"]);
  });

  it("gives an image with a disk a private overlay", () => {
    const withDisk = commandLine({ ...plan, boot: { ...boot, disk: { path: "/k/disk", format: "raw" } } });
    const overlay = "if=none,id=disk0,file=/r/n7/disk.qcow2,format=qcow2,cache=unsafe,discard=unmap";
    expect(valuesOf(withDisk, "-drive")).toEqual([overlay]);
    expect(valuesOf(withDisk, "-device")).toContain("virtio-blk-pci,drive=disk0,serial=root");
  });

  it("keeps commas in paths out of QEMU's syntax", () => {
    const odd = commandLine({ ...plan, files: machineFiles("/r/a,b") });
    expect(valuesOf(odd, "-object")).toContain(
      "memory-backend-file,id=memory0,size=128M,mem-path=/r/a,,b/ram,share=on",
    );
  });

  it("has no id twice", () => {
    const ids = argv.flatMap((word) => [...word.matchAll(/\bid=([^,]+)/g)].map(([, id]) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
