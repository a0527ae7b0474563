import { findTool } from "@vitest-machines/host";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOverlay } from "../../src/qemu/overlay.ts";

const program = findTool("qemu-img");
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "overlay, "))));
afterEach(() => rm(folder, { recursive: true }));

describe.skipIf(program === undefined)("an overlay", () => {
  it("is a thin layer over the image's disk, which stays as it is", async () => {
    const disk = join(folder, "disk.raw");
    await writeFile(disk, Buffer.alloc(1024 * 1024, 7));
    const overlay = join(folder, "overlay.qcow2");
    await createOverlay(program!, { path: disk, format: "raw" }, overlay, "web");
    const { stdout } = await promisify(execFile)(program!, ["info", "--output=json", overlay]);
    const info = JSON.parse(stdout) as Record<string, unknown>;
    expect(info).toMatchObject({ format: "qcow2", "virtual-size": 1024 * 1024, "backing-filename": disk });
    expect((await readFile(disk)).every((byte) => byte === 7)).toBe(true);
  });

  it("that cannot be made says why", async () => {
    const disk = { path: join(folder, "missing"), format: "raw" } as const;
    await expect(createOverlay(program!, disk, join(folder, "overlay"), "web")).rejects.toThrow(
      /^BOOT_FAILED: web: no overlay could be made for .*missing\.\nqemu-img says:\n.*No such file or directory/s,
    );
  });
});
