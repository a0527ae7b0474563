import { findTool } from "@vitest-machines/host";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOverlay } from "../../../src/qemu/disks/create-overlay.ts";
import { planDisks } from "../../../src/qemu/disks/plan.ts";
import { emptyQcow2, largestDiskBytes, parseQcow2Header } from "../../../src/qemu/disks/qcow2.ts";
import { virtualSize } from "../../../src/qemu/disks/virtual-size.ts";
import { machineFiles } from "../../../src/qemu/files.ts";

const run = promisify(execFile);
const qemuImg = findTool("qemu-img");
const mebibyte = 1024 * 1024;
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "disks, "))));
afterEach(() => rm(folder, { recursive: true }));

const overlay = (sizeBytes: number, name = "disk.qcow2") => ({
  ...{ serial: "disk1", overlay: join(folder, name), sizeBytes, chain: [] },
});

describe.skipIf(qemuImg === undefined)("the file of a disk, to qemu-img", () => {
  it.each([512, 64 * mebibyte, 512 * mebibyte + 512, 1024 * 1024 * mebibyte, largestDiskBytes])(
    "is sound, empty, needs no other file and offers %d bytes",
    async (sizeBytes) => {
      const disk = overlay(sizeBytes);
      await createOverlay(disk, "web");
      await run(qemuImg!, ["check", "-q", disk.overlay]);
      const { stdout } = await run(qemuImg!, ["info", "--output=json", disk.overlay]);
      const info = JSON.parse(stdout) as Record<string, unknown>;
      expect(info).toMatchObject({ format: "qcow2", "virtual-size": sizeBytes, "dirty-flag": false });
      expect(info).not.toHaveProperty("backing-filename");
      const map = JSON.parse((await run(qemuImg!, ["map", "--output=json", disk.overlay])).stdout) as unknown[];
      expect(map).toEqual([expect.objectContaining({ start: 0, length: sizeBytes, data: false, zero: true })]);
      expect((await stat(disk.overlay)).blocks * 512).toBeLessThanOrEqual(64 * 1024);
    },
  );

  it("is sized after the image's disk, whatever its format", async () => {
    const [raw, qcow2] = [join(folder, "a.raw"), join(folder, "a.qcow2")];
    await writeFile(raw, Buffer.alloc(mebibyte + 5, 7));
    await run(qemuImg!, ["create", "-q", "-f", "qcow2", qcow2, "96M"]);
    expect(await virtualSize({ path: raw, format: "raw" })).toBe(mebibyte + 512);
    expect(await virtualSize({ path: qcow2, format: "qcow2" })).toBe(96 * mebibyte);
  });
});

describe("the file of a disk", () => {
  it("that exists stays as it is: it holds what its machine wrote", async () => {
    await writeFile(join(folder, "disk.qcow2"), "mine");
    await createOverlay(overlay(mebibyte), "web");
    expect((await stat(join(folder, "disk.qcow2"))).size).toBe(4);
  });

  it("that cannot be made says why and leaves nothing behind", async () => {
    await expect(createOverlay(overlay(mebibyte, "missing/disk"), "web")).rejects.toThrow(
      /^BOOT_FAILED: web: no file could be made for one of its disks: ENOENT: /,
    );
    await expect(createOverlay(overlay(mebibyte + 1), "web")).rejects.toThrow(
      /1048577 bytes are not the size of a disk/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([-512, 100, largestDiskBytes + 512])("is not made for %d bytes", (sizeBytes) => {
    expect(() => emptyQcow2(sizeBytes)).toThrow(RangeError);
  });
});

describe("a disk of an image", () => {
  const header = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(emptyQcow2(mebibyte).parts[0]!.bytes);
    change(bytes);
    return bytes;
  };

  it("tells its size", () => {
    expect(parseQcow2Header(header(() => undefined))).toEqual({ sizeBytes: mebibyte });
  });

  it.each([
    ["is none", header((bytes) => bytes.write("RAW!")), "it is not a qcow2 file"],
    ["is cut off", header(() => undefined).subarray(0, 50), "it is not a qcow2 file"],
    ["is from the future", header((bytes) => bytes.writeUInt32BE(4, 4)), "unknown version 4"],
    ["names another file for its data", header((bytes) => bytes.writeUInt32BE(4, 76)), "its data in another file"],
    ["names a backing file", header((bytes) => bytes.writeUInt32BE(200, 12)), "its backing file"],
  ])("is refused when it %s", (_what, bytes, reason) => {
    expect(() => parseQcow2Header(bytes)).toThrow(reason);
  });

  it("comes first, and the declared ones follow", async () => {
    const path = join(folder, "image.raw");
    await writeFile(path, Buffer.alloc(1024));
    const node = { name: "web", disks: [{ serial: "disk1", sizeMiB: 64 }] };
    const boot = { digest: "d", kernel: "/k", kernelParams: [], disk: { path, format: "raw" as const } };
    expect(await planDisks(node, boot, machineFiles("/r/n1"))).toEqual([
      { serial: "root", overlay: "/r/n1/root.qcow2", sizeBytes: 1024, chain: [{ path, format: "raw" }] },
      { serial: "disk1", overlay: "/r/n1/disk1.qcow2", sizeBytes: 64 * mebibyte, chain: [] },
    ]);
  });

  it("that cannot be read ends the boot, with the path and the reason", async () => {
    const disk = { path: join(folder, "missing"), format: "qcow2" as const };
    const boot = { digest: "d", kernel: "/k", kernelParams: [], disk };
    await expect(planDisks({ name: "web", disks: [] }, boot, machineFiles("/r"))).rejects.toThrow(
      /^BOOT_FAILED: web: its image's disk .*missing cannot be used: ENOENT/,
    );
  });
});
