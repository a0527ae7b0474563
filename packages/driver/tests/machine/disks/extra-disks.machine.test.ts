import { expect, it } from "vitest";
import { useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: { disks: ["64M", "1G", 5] }, plain: {} } });
const box = () => lab.machine("box");
const listDisks =
  "cd /sys/block; for d in vd*; do [ -e $d ] && echo $d $(cat $d/serial) $(($(cat $d/size) / 2048)); done; true";

it("are there in the order of their declaration, with their sizes in MiB and serials, that for copies last", async () => {
  expect(await box().succeed(listDisks)).toBe(
    "vda disk1 64\nvdb disk2 1024\nvdc disk3 5\nvdd vitest-machines-copy 16\n",
  );
  expect(await lab.machine("plain").succeed(listDisks)).toBe("vda vitest-machines-copy 16\n");
});

it("are empty", async () => {
  expect(await box().succeed("tr -d '\\0' < /dev/vdc | wc -c")).toBe("0\n");
});

it("can be formatted and mounted, and keep what is on them", async () => {
  await box().succeed("mke2fs /dev/vda", "mke2fs /dev/vdb", "mount /dev/vda /mnt", "mount /dev/vdb /srv");
  await box().succeed("echo small > /mnt/mark; echo large > /srv/mark", "umount /mnt /srv");
  await box().reboot();
  await box().succeed("mount /dev/vda /mnt", "mount /dev/vdb /srv");
  expect(await box().succeed("cat /mnt/mark /srv/mark")).toBe("small\nlarge\n");
  await box().crash();
  await box().start();
  await box().succeed("mount -o ro /dev/vdb /srv");
  expect(await box().succeed("cat /srv/mark")).toBe("large\n");
});

it("take what is discarded as zeros again", async () => {
  await box().succeed("dd if=/dev/urandom of=/dev/vdc bs=1M count=5 conv=fsync 2> /dev/null");
  await box().succeed("blkdiscard /dev/vdc");
  expect(await box().succeed("tr -d '\\0' < /dev/vdc | wc -c")).toBe("0\n");
});
