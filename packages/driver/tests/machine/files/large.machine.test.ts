import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: { vlans: [], memory: "256M" } } });
const box = () => lab.machine("box");
const at = (...parts: string[]): string => join(lab.folder, ...parts);
const mebibyte = 1024 * 1024;

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const inGuest = async (path: string): Promise<string> => (await box().succeed(`sha256sum ${path}`)).slice(0, 64);
const temporaries = (folder: string): Promise<string> =>
  box().succeed(`ls -A ${folder} | grep vitest-machines || true`);

describe("a large file", () => {
  it("arrives unchanged, both ways, whatever its length", async () => {
    for (const length of [10 * mebibyte + 1, 2 * mebibyte - 511, 256 * 1024, 256 * 1024 - 1]) {
      const bytes = randomBytes(length);
      await writeFile(at("original"), bytes);
      await box().copyFromHost(at("original"), "/tmp/large");
      expect(await inGuest("/tmp/large"), `${length} bytes`).toBe(sha256(bytes));
      const { bytes: copied } = await box().copyToHost("/tmp/large", at("back"));
      expect(copied).toBe(length);
      expect(sha256(await readFile(at("back"))), `${length} bytes`).toBe(sha256(bytes));
    }
  });

  it("goes over the disk that the machine has for it, and several do at once", async () => {
    const disks = await box().succeed("cat /sys/block/vd*/serial");
    expect(disks).toBe("vitest-machines-copy");
    const used = async (): Promise<number> =>
      Number(await box().succeed("awk '{ print $1 + $5 }' /sys/block/vda/stat"));
    const before = await used();
    const names = ["a", "b", "c", "d", "e", "f"];
    const contents = names.map(() => randomBytes(6 * mebibyte));
    await Promise.all(names.map((name, index) => writeFile(at(name), contents[index] as Buffer)));
    await Promise.all(names.map((name) => box().copyFromHost(at(name), `/tmp/at-once/${name}`)));
    expect(await used()).toBeGreaterThan(before);
    await Promise.all(names.map((name) => box().copyToHost(`/tmp/at-once/${name}`, at("out", name))));
    for (const [index, name] of names.entries()) {
      expect(sha256(await readFile(at("out", name))), name).toBe(sha256(contents[index] as Buffer));
    }
    await box().succeed("rm -r /tmp/at-once /tmp/large");
  });

  it("keeps its holes, both ways", async () => {
    const file = await open(at("sparse"), "w");
    await file.write(Buffer.alloc(mebibyte, "a"), 0, mebibyte, 0);
    await file.write(Buffer.alloc(mebibyte, "b"), 0, mebibyte, 100 * mebibyte);
    await file.truncate(300 * mebibyte);
    await file.close();
    // Neither the guest's memory nor its disks could hold it in full.
    expect(await box().copyFromHost(at("sparse"), "/tmp/sparse")).toMatchObject({ bytes: 300 * mebibyte });
    expect(await box().succeed("stat -c '%s' /tmp/sparse; du -k /tmp/sparse | cut -f1")).toBe(
      `${300 * mebibyte}\n2048\n`,
    );
    await box().copyToHost("/tmp/sparse", at("sparse back"));
    const { size, blocks } = await stat(at("sparse back"));
    expect([size, blocks * 512 < 4 * mebibyte]).toEqual([300 * mebibyte, true]);
    await promisify(execFile)("cmp", [at("sparse"), at("sparse back")]);
  });

  it("has one content under all its names", async () => {
    await mkdir(at("names"));
    await writeFile(at("names", "one"), randomBytes(mebibyte));
    await link(at("names", "one"), at("names", "two"));
    expect(await box().copyFromHost(at("names"), "/tmp/names")).toMatchObject({ files: 2, bytes: mebibyte });
    expect(await box().succeed("stat -c %h /tmp/names/one; cmp /tmp/names/one /tmp/names/two")).toBe("2\n");
    expect(await box().copyToHost("/tmp/names", at("names back"))).toMatchObject({ files: 2, bytes: mebibyte });
    const [one, two] = await Promise.all(["one", "two"].map((name) => stat(at("names back", name))));
    expect([one?.ino, one?.nlink]).toEqual([two?.ino, 2]);
  });
});

describe("a copy that is cut off", () => {
  it("leaves nothing, neither here nor there, and the next ones work", async () => {
    await writeFile(at("large"), randomBytes(40 * mebibyte));
    await box().succeed("mkdir -p /tmp/cut; dd if=/dev/urandom of=/tmp/cut/source bs=1M count=40 2>/dev/null");
    for (const milliseconds of [1, 100]) {
      const [into, out] = await Promise.all([
        messageOf(box().copyFromHost(at("large"), "/tmp/cut/target", { timeout: milliseconds })),
        messageOf(box().copyToHost("/tmp/cut/source", at("cut", "target"), { timeout: milliseconds })),
      ]);
      expect([into, out].join("\n")).toMatch(/COPY_FAILED[^]*COPY_FAILED/);
      expect(await readdir(at("cut")).catch(() => [])).toEqual([]);
    }
    expect(await temporaries("/tmp/cut")).toBe("");
    expect(await box().succeed("ls /tmp/cut")).toBe("source\n");
    await box().copyToHost("/tmp/cut/source", at("cut", "target"));
    expect(sha256(await readFile(at("cut", "target")))).toBe(await inGuest("/tmp/cut/source"));
    await box().succeed("rm -r /tmp/cut");
  });

  it("by its machine's end says so", async () => {
    await box().succeed("dd if=/dev/urandom of=/tmp/source bs=1M count=40 2>/dev/null");
    const out = messageOf(box().copyToHost("/tmp/source", at("ended", "target")));
    await sleep(100);
    await box().crash();
    expect(await out).toMatch(/^MACHINE_DOWN: /);
    expect(await readdir(at("ended")).catch(() => [])).toEqual([]);
    await box().start();
  });
});

describe("a moment in the middle of a copy", () => {
  it("can be frozen, the copies go on; going back to it cuts them off and leaves nothing", async () => {
    const bytes = randomBytes(40 * mebibyte);
    await writeFile(at("frozen"), bytes);
    await box().succeed("mkdir -p /tmp/frozen");
    await box().copyFromHost(at("frozen"), "/tmp/frozen/source");
    const copies = (): Promise<string[]> =>
      Promise.all([
        messageOf(box().copyFromHost(at("frozen"), "/tmp/frozen/target")),
        messageOf(box().copyToHost("/tmp/frozen/source", at("thawed", "target"))),
      ]);
    const during = copies();
    await sleep(100);
    await lab.cluster.checkpoint("copying");
    expect(await during).toEqual(["it did not fail", "it did not fail"]);
    expect(await inGuest("/tmp/frozen/target")).toBe(sha256(bytes));
    expect(sha256(await readFile(at("thawed", "target")))).toBe(sha256(bytes));

    await rm(at("thawed"), { recursive: true });
    const cut = copies();
    await sleep(50);
    await lab.cluster.restore("copying");
    for (const message of await cut) expect(message).toMatch(/^MACHINE_DOWN: |^COPY_FAILED: /);
    expect(await readdir(at("thawed")).catch(() => [])).toEqual([]);
    expect(await temporaries("/tmp/frozen")).toBe("");
    expect(await copies()).toEqual(["it did not fail", "it did not fail"]);
    expect(sha256(await readFile(at("thawed", "target")))).toBe(await inGuest("/tmp/frozen/source"));
  });
});

describe("what a real guest can try", () => {
  it("is a file that never stops growing: the copy is what it was", async () => {
    const command =
      "(i=0; while [ $i -lt 300 ]; do head -c 65536 /dev/zero >> /tmp/log; i=$((i+1)); done) >/dev/null 2>&1 &";
    await box().succeed(`head -c 1000000 /dev/zero > /tmp/log; ${command} echo $! > /tmp/writer`);
    const { bytes } = await box().copyToHost("/tmp/log", at("log"));
    await box().succeed("kill $(cat /tmp/writer); rm /tmp/log");
    expect(bytes).toBeGreaterThanOrEqual(1_000_000);
    expect((await stat(at("log"))).size).toBe(bytes);
  });

  it("is a file that is swapped for a link, a device and a pipe while it is copied", async () => {
    const swap =
      "ln -sf /dev/zero x; rm -f x; mkfifo x; rm -f x; mknod x c 1 5; rm -f x; echo plain > x; rm -f x; ln -s /etc/shadow x; rm -f x";
    await box().succeed(
      `mkdir -p /tmp/race; cd /tmp/race; (while :; do ${swap}; done) >/dev/null 2>&1 & echo $! > /tmp/swapper`,
    );
    for (let round = 0; round < 10; round++) {
      const ended = await messageOf(box().copyToHost("/tmp/race", at("race"), { timeout: 10_000 }));
      // Of ELOOP the C library of the tiny image says "symbolic link loop".
      expect(ended).toMatch(/^it did not fail$|no regular file|no such file|link loop|too many levels|no such device/);
      for (const name of await readdir(at("race")).catch(() => [])) expect(name).toBe("x");
    }
    await box().succeed("kill $(cat /tmp/swapper)");
  });

  it("is more than the host wants: /dev and /proc, more bytes, more entries", async () => {
    const { skipped } = await box().copyToHost("/dev", at("dev"));
    expect(skipped).toContain("zero");
    await box().copyToHost("/proc/meminfo", at("meminfo"));
    expect(await readFile(at("meminfo"), "utf8")).toMatch(/^MemTotal:/);
    await box().succeed("mkdir -p /tmp/many; cd /tmp/many; seq 300 | xargs touch; head -c 3000000 /dev/zero > 1");
    expect(await messageOf(box().copyToHost("/tmp/many", at("many"), { maxEntries: 100 }))).toMatch(
      /^COPY_FAILED: box: \/tmp\/many could not be copied to .*more than 100 files, folders and links/,
    );
    expect(await messageOf(box().copyToHost("/tmp/many", at("many"), { maxBytes: 1_000_000 }))).toMatch(
      /more than 1000000 bytes there \(`maxBytes`\)/,
    );
    expect((await readdir(at("many"))).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
