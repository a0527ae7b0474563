import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { beforeEach, expect, it } from "vitest";
import { ext4Image } from "../../../../images/tests/support/ext4-image.ts";
import { useCluster } from "../../support/use-cluster.ts";

const image = ext4Image();
const lab = useCluster({ defaults: { image }, nodes: { one: { disks: ["96M"] }, two: {} } });
const one = () => lab.machine("one");
// Tests end it; each begins with one that runs.
beforeEach(async () => {
  await one().start();
  await one().waitUntilReady();
});

async function imageHash(): Promise<string> {
  const { disk } = await image.prepare();
  return createHash("sha256")
    .update(await readFile(disk!.path))
    .digest("hex");
}

it("boots from the image's disk, which is the first", async () => {
  expect(await one().succeed("grep ' / ' /proc/mounts")).toMatch(/^\/dev\/vda \/ ext4 rw/m);
  expect(await one().succeed("cd /sys/block; for d in vd*; do echo $d $(cat $d/serial) $(cat $d/size); done")).toBe(
    `vda root ${64 * 2048}\nvdb disk1 ${96 * 2048}\nvdc vitest-machines-copy ${16 * 2048}\n`,
  );
});

it("has what it wrote after a reboot, and after a shutdown", async () => {
  await one().succeed("echo first > /var/lib/mark; sync");
  await one().reboot();
  expect(await one().succeed("cat /var/lib/mark")).toBe("first\n");
  await one().shutdown();
  await one().start();
  expect(await one().succeed("cat /var/lib/mark")).toBe("first\n");
});

it("has what it had forced onto its disk when the power was cut", async () => {
  const bytes = 3_000_000;
  await one().succeed(
    `dd if=/dev/urandom of=/var/lib/forced bs=${bytes} count=1 iflag=fullblock conv=fsync 2> /dev/null`,
  );
  const before = await one().succeed("sha256sum < /var/lib/forced; wc -c < /var/lib/forced");
  expect(before).toContain(`\n${bytes}\n`);
  await one().crash();
  await one().start();
  expect(await one().succeed("sha256sum < /var/lib/forced; wc -c < /var/lib/forced")).toBe(before);
});

it("writes for itself alone: neither the other machine of the image nor the image has it", async () => {
  const before = await imageHash();
  await one().succeed("echo one > /srv/own; dd if=/dev/zero of=/srv/much bs=1M count=8 2> /dev/null; sync");
  await lab.machine("two").succeed("echo two > /srv/own; sync");
  await Promise.all([one().reboot(), lab.machine("two").reboot()]);
  expect(await one().succeed("cat /srv/own")).toBe("one\n");
  expect(await lab.machine("two").succeed("cat /srv/own; ls /srv")).toBe("two\nown\n");
  expect(await imageHash()).toBe(before);
});
