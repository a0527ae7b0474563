import { describe, expect, it } from "vitest";
import { commandLine, type QemuPlan } from "../../src/qemu/command-line.ts";
import { machineFiles } from "../../src/qemu/files.ts";
import { interfaceMac, userCard } from "../../src/topology/addresses.ts";
import type { InterfacePlan } from "../../src/topology/plan.ts";
import { optionPairs, valuesOf } from "./arguments.ts";

const boot = { digest: "d", kernel: "/k/vmlinux", initrd: "/k/initrd", kernelParams: ["console=ttyS0", "quiet"] };
const plan: QemuPlan = {
  program: "/usr/bin/qemu-system-x86_64",
  accelerator: "tcg",
  node: {
    name: "web",
    number: 7,
    memoryMiB: 128,
    cpus: 2,
    kernelParams: ["ro"],
    interfaces: [1, 9].map((vlan, index) => ({
      name: `eth${index + 1}`,
      vlan,
      mac: interfaceMac(vlan, 7, 0),
      addresses: [],
    })),
  },
  boot,
  files: machineFiles("/r/n7"),
  disks: [],
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
    expect(valuesOf(argv, "-machine")).toEqual(["q35,memory-backend=memory0"]);
  });

  it("has nothing that would stand in the way of a freeze", () => {
    expect(argv.join(" ")).not.toMatch(/nvme|9p|virtfs/);
  });

  it("boots the kernel directly, with the node's own parameters last", () => {
    expect(valuesOf(argv, "-kernel")).toEqual(["/k/vmlinux"]);
    expect(valuesOf(argv, "-initrd")).toEqual(["/k/initrd"]);
    expect(valuesOf(argv, "-append")).toEqual(["panic=-1 console=ttyS0 quiet ro"]);
  });

  it("tells a guest that can read it there its name and its id, for what starts before the host can tell", () => {
    const told = { ...boot, hostnameParam: "systemd.hostname", machineIdParam: "systemd.machine_id" };
    const [append] = valuesOf(commandLine({ ...plan, boot: told }), "-append");
    expect(append).toMatch(/ systemd\.machine_id=[0-9a-f]{32} systemd\.hostname=web ro$/);
  });

  it("plugs a card without option ROM into the switch of each VLAN", () => {
    expect(valuesOf(argv, "-netdev")).toEqual(["vde,id=vlan0,sock=/r/v1,port=7", "vde,id=vlan1,sock=/r/v9,port=7"]);
    const cards = valuesOf(argv, "-device").filter((device) => device?.startsWith("virtio-net-pci"));
    expect(cards).toEqual([
      "virtio-net-pci,netdev=vlan0,mac=52:54:00:12:01:07,romfile=,ctrl_vlan=off",
      "virtio-net-pci,netdev=vlan1,mac=52:54:00:12:09:07,romfile=,ctrl_vlan=off",
    ]);
  });

  it("copies what a mirrored card sends to the network's mirror, which a mirror port is plugged into", () => {
    const card = { name: "eth1", vlan: 1, mac: "52:54:00:12:01:07", addresses: [] };
    const interfaces: InterfacePlan[] = [
      { ...card, mirrored: true },
      { ...card, name: "spy", mirror: true },
    ];
    const mirrored = commandLine({ ...plan, node: { ...plan.node, interfaces } });
    expect(valuesOf(mirrored, "-netdev")).toEqual([
      "vde,id=vlan0,sock=/r/v1,port=7",
      "stream,id=vlan1,server=off,addr.type=unix,addr.path=/r/v1.seen",
    ]);
    expect(valuesOf(mirrored, "-chardev")).toContain("socket,id=copies0,path=/r/v1.sent,server=off");
    expect(valuesOf(mirrored, "-object")).toContain("filter-mirror,id=mirror0,netdev=vlan0,queue=rx,outdev=copies0");
    // The card has no filter of addresses, so that its guest need not ask for frames that are for others.
    const [ordinary, port] = valuesOf(mirrored, "-device").filter((device) => device?.startsWith("virtio-net-pci"));
    expect(ordinary).not.toContain("ctrl_rx");
    expect(port).toContain("ctrl_rx=off,ctrl_rx_extra=off");
    // What only passes a state on sends nothing to anybody.
    const incoming = { memory: "state", ram: "/r/ram" } as const;
    const helper = commandLine({ ...plan, node: { ...plan.node, interfaces }, incoming });
    expect(helper.join(" ")).not.toMatch(/filter-mirror|\/r\/v1/);
  });

  it("offers control, console and agent as unix sockets of their own", () => {
    expect(valuesOf(argv, "-chardev").sort()).toEqual([
      "socket,id=agent0,path=/r/n7/agent,server=on,wait=off",
      "socket,id=console0,path=/r/n7/console,server=on,wait=on",
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

  it("gives each disk a node to write to and a serial, that for copies last, and follows no path that is in a file", () => {
    const chain = [{ path: "/k/disk", format: "raw" }] as const;
    const withDisks = commandLine({
      ...plan,
      disks: [
        { serial: "root", overlay: "/r/n7/root.qcow2", sizeBytes: 1024, chain },
        { serial: "disk1", overlay: "/r/n7/disk1.qcow2", sizeBytes: 1024, chain: [] },
      ],
    });
    const nodes = valuesOf(withDisks, "-blockdev").map((node) => JSON.parse(node ?? "") as unknown);
    expect(nodes).toMatchObject([
      { "node-name": "backing0", "read-only": true, file: { filename: "/k/disk" } },
      { "node-name": "drive0", backing: "backing0", file: { filename: "/r/n7/root.qcow2" } },
      { "node-name": "drive1", backing: null, file: { filename: "/r/n7/disk1.qcow2" } },
      { "node-name": "copy0", driver: "raw", file: { filename: "/r/n7/copy" } },
    ]);
    expect(valuesOf(withDisks, "-device").filter((device) => device?.startsWith("virtio-blk"))).toEqual([
      "virtio-blk-pci,drive=drive0,serial=root",
      "virtio-blk-pci,drive=drive1,serial=disk1",
      "virtio-blk-pci,drive=copy0,serial=vitest-machines-copy",
    ]);
    expect(valuesOf(withDisks, "-drive")).toEqual([]);
  });

  it("has a card on QEMU's own network only when it is declared, before the others and cut off from the host", () => {
    expect(valuesOf(argv, "-netdev").join(" ")).not.toContain("user");
    const withUser = commandLine({ ...plan, node: { ...plan.node, userCard: userCard(7) } });
    expect(valuesOf(withUser, "-netdev")[0]).toBe("user,id=user0,restrict=on,ipv6=off");
    const [first] = valuesOf(withUser, "-device").filter((device) => device?.startsWith("virtio-net-pci"));
    expect(first).toBe("virtio-net-pci,netdev=user0,mac=52:54:00:12:00:07,romfile=,ctrl_vlan=off");
  });

  it("has no way from a card to QEMU's own network but its gate, and none for a machine that never runs", () => {
    const gated = { ...plan, node: { ...plan.node, interfaces: [], userCard: { ...userCard(7), internet: {} } } };
    expect(valuesOf(commandLine(gated), "-netdev")).toEqual([
      "user,id=nat0,ipv6=off",
      "stream,id=user0,server=off,addr.type=unix,addr.path=/r/n7/near",
      "stream,id=cable0,server=off,addr.type=unix,addr.path=/r/n7/far",
      "hubport,id=port0,hubid=0,netdev=nat0",
      "hubport,id=port1,hubid=0,netdev=cable0",
    ]);
    expect(valuesOf(commandLine(gated), "-device")).toContain(
      "virtio-net-pci,netdev=user0,mac=52:54:00:12:00:07,romfile=,ctrl_vlan=off",
    );
    expect(valuesOf(commandLine({ ...gated, incoming: { memory: "state", ram: "/r/ram" } }), "-netdev")).toEqual([
      "user,id=nat0,restrict=on,ipv6=off",
      "hubport,id=user0,hubid=0",
    ]);
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
