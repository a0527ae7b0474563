import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FilePiece } from "../../../src/agent/copies/piece.ts";
import { HostTarget } from "../../../src/machine/files/host-target.ts";

let folder: string;
let outside: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "target-"));
  outside = join(folder, "outside");
  await mkdir(outside);
});
afterEach(() => rm(folder, { recursive: true }));

async function* bytes(text: string): AsyncGenerator<FilePiece> {
  yield await Promise.resolve({ kind: "data", bytes: Buffer.from(text) });
}
const plain = { mode: 0o644, mtimeMs: 1_000_000_000_000 };
const aTree = async (): Promise<HostTarget> => {
  const target = new HostTarget(join(folder, "tree"));
  await target.directory("", 0o755);
  return target;
};

describe("a copy out of a guest", () => {
  it("becomes exactly the target, parents made, mode and time kept", async () => {
    const path = join(folder, "new", "name");
    await new HostTarget(path).file("", bytes("hello"), { mode: 0o4755, mtimeMs: 1_000_000_000_000 });
    expect(await readFile(path, "utf8")).toBe("hello");
    const { mode, mtimeMs } = await stat(path);
    expect(mode & 0o7777).toBe(0o755);
    expect(mtimeMs).toBe(1_000_000_000_000);
    expect(await readdir(join(folder, "new"))).toEqual(["name"]);
  });

  it("replaces files and keeps what else is in a folder", async () => {
    const target = await aTree();
    await writeFile(join(folder, "tree", "kept"), "kept");
    await writeFile(join(folder, "tree", "file"), "old");
    await target.file("file", bytes("new"), plain);
    expect(await readFile(join(folder, "tree", "file"), "utf8")).toBe("new");
    expect(await readFile(join(folder, "tree", "kept"), "utf8")).toBe("kept");
  });
});

it("gives folders their modes last, and keeps them open for their owner and those that were there as they were", async () => {
  await mkdir(join(folder, "tree"), { mode: 0o750 });
  const target = await aTree();
  await target.directory("closed", 0o055);
  await target.file("closed/file", bytes("in"), plain);
  await target.finish();
  expect((await stat(join(folder, "tree", "closed"))).mode & 0o777).toBe(0o755);
  expect((await stat(join(folder, "tree"))).mode & 0o777).toBe(0o750);
});

describe("a hostile guest", () => {
  it.each(["../outside/x", "/etc/x", "a/../../outside/x", ".", "x\0y"])("cannot name the path %j", async (path) => {
    const target = await aTree();
    await expect(target.file(path, bytes("evil"), plain)).rejects.toThrow(/outside of what was asked for/);
    expect(await readdir(outside)).toEqual([]);
  });

  it("cannot write through a link that it sent before", async () => {
    const target = await aTree();
    await target.symlink("door", outside);
    await expect(target.file("door/x", bytes("evil"), plain)).rejects.toThrow("without the folder that holds it");
    await expect(target.directory("door", 0o755)).rejects.toThrow("exists and is not a folder");
    await expect(target.file("door/x", bytes("evil"), plain)).rejects.toThrow("without the folder that holds it");
    expect(await readdir(outside)).toEqual([]);
  });

  it("cannot write through a link that was there before", async () => {
    const target = await aTree();
    await symlink(outside, join(folder, "tree", "folder"));
    await symlink(join(outside, "file"), join(folder, "tree", "file"));
    await expect(target.directory("folder", 0o755)).rejects.toThrow("exists and is not a folder");
    await target.file("file", bytes("mine"), plain);
    expect(await readdir(outside)).toEqual([]);
    expect(await readFile(join(folder, "tree", "file"), "utf8")).toBe("mine");
  });

  it("cannot list a file without its folder", async () => {
    const target = await aTree();
    await mkdir(join(folder, "tree", "deep"));
    await expect(target.file("deep/x", bytes("evil"), plain)).rejects.toThrow("without the folder that holds it");
  });

  it("leaves nothing half written when it breaks off", async () => {
    const target = await aTree();
    async function* broken(): AsyncGenerator<FilePiece> {
      yield* bytes("half");
      throw new Error("gone");
    }
    await expect(target.file("file", broken(), plain)).rejects.toThrow("gone");
    expect(await readdir(join(folder, "tree"))).toEqual([]);
  });
});
