import { expect, it } from "vitest";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const box = { cpu: "max", env: { GREETING: "it's me", LANG: "C" }, qemuArgs: ["-device", "virtio-balloon-pci"] };

it("a machine has the processor, the devices and the environment of its declaration, a fork of it, too", async () => {
  for (const how of ["booted", "forked"]) {
    const cluster = await used.lab.start({ nodes: { box } });
    expect(cluster.origin.how).toBe(how);
    const machine = cluster.machines.box;
    expect(await machine.succeed('echo "$GREETING $LANG"')).toBe("it's me C\n");
    expect(await machine.succeed('echo "$GREETING $LANG"', { env: { LANG: "de" } })).toBe("it's me de\n");
    expect(await machine.succeed("cat /proc/cpuinfo")).toMatch(/avx2/);
    // The virtio id of a balloon.
    expect(await machine.succeed("cat /sys/bus/virtio/devices/*/device")).toMatch(/^0x0005$/m);
    await cluster.stop();
  }
});
