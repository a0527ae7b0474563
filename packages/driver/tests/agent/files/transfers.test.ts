import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FilePiece } from "../../../src/agent/copies/piece.ts";
import { all, startAgent, until } from "../an-agent.ts";

const { signal } = new AbortController();
const plain = { mode: 0o644, mtimeMs: 1_700_000_000_000, signal };

async function* pieces(...given: (Buffer | number)[]): AsyncGenerator<FilePiece> {
  for (const piece of given) {
    yield await Promise.resolve(
      typeof piece === "number" ? { kind: "hole", length: piece } : { kind: "data", bytes: piece },
    );
  }
}

const contentOf = (all: FilePiece[]): Buffer =>
  Buffer.concat(all.map((piece) => (piece.kind === "data" ? piece.bytes : Buffer.alloc(piece.length))));

it("a file goes in and comes out with its holes", async () => {
  const agent = await startAgent();
  const session = await agent.connect();
  const path = join(agent.folder, "a/file");
  const [start, end] = [randomBytes(300_000), randomBytes(5000)];
  const hole = 10 * 1024 * 1024;
  // Where a file system keeps holes: at multiples of its blocks.
  const padding = Buffer.alloc(4096 - (start.length % 4096), "x");
  await session.putFile(path, pieces(start, padding, hole, end, 8192), { ...plain, mode: 0o640 });
  const { size, blocks, mode, mtimeMs } = await stat(path);
  expect([mode & 0o777, mtimeMs]).toEqual([0o640, plain.mtimeMs]);
  expect(blocks * 512).toBeLessThan(size - hole + 65_536);
  const { entry, pieces: out } = await session.getFile(path, { signal });
  expect(entry).toMatchObject({ type: "file", size, mode: 0o640 });
  const parts = await all(out);
  expect(parts.filter(({ kind }) => kind === "hole").length).toBeGreaterThanOrEqual(1);
  expect(contentOf(parts).equals(await readFile(path))).toBe(true);
  expect(contentOf(parts).equals(Buffer.concat([start, padding, Buffer.alloc(hole), end, Buffer.alloc(8192)]))).toBe(
    true,
  );
});

it("both sides make the same checksum of any number of bytes, however they are cut", async () => {
  const agent = await startAgent();
  const session = await agent.connect();
  const path = join(agent.folder, "file");
  for (let length = 0; length < 80; length++) {
    const bytes = randomBytes(length);
    const cut = Math.floor(length / 3);
    await session.putFile(path, pieces(bytes.subarray(0, cut), bytes.subarray(cut)), plain);
    const { pieces: out } = await session.getFile(path, { signal });
    expect(contentOf(await all(out)), `${length} bytes`).toEqual(bytes);
  }
});

it("empty files, files that are nothing but a hole, and files of the kernel", async () => {
  const agent = await startAgent();
  const session = await agent.connect();
  const path = join(agent.folder, "file");
  await session.putFile(path, pieces(), plain);
  expect(await readFile(path, "utf8")).toBe("");
  expect(await all((await session.getFile(path, { signal })).pieces)).toEqual([]);
  await truncate(path, 1_000_000);
  expect(await all((await session.getFile(path, { signal })).pieces)).toEqual([{ kind: "hole", length: 1_000_000 }]);
  const { pieces: version } = await session.getFile("/proc/sys/kernel/ostype", { signal });
  expect(contentOf(await all(version)).toString()).toBe("Linux\n");
});

it("a file that grows while it is read is what it was when it was opened", async () => {
  const agent = await startAgent();
  const session = await agent.connect();
  const path = join(agent.folder, "file");
  await writeFile(path, Buffer.alloc(600_000, "a"));
  const { pieces: out } = await session.getFile(path, { signal });
  await out.next();
  await writeFile(path, Buffer.alloc(600_000, "b"), { flag: "a" });
  const rest = contentOf(await all(out));
  expect(rest.length).toBeLessThan(600_000);
  expect(rest.includes("b")).toBe(false);
});

it("one that breaks off leaves nothing: a broken source, a signal, a wrong guess of what is there", async () => {
  const agent = await startAgent();
  const session = await agent.connect();
  const path = join(agent.folder, "file");
  async function* broken(): AsyncGenerator<FilePiece> {
    yield* pieces(Buffer.from("half"));
    throw new Error("the disk broke");
  }
  await expect(session.putFile(path, broken(), plain)).rejects.toThrow("the disk broke");
  const stop = new AbortController();
  async function* stalled(): AsyncGenerator<FilePiece> {
    yield* pieces(Buffer.alloc(100_000));
    stop.abort(new Error("given up"));
    yield* pieces(Buffer.alloc(100_000));
  }
  await expect(session.putFile(path, stalled(), { ...plain, signal: stop.signal })).rejects.toThrow("given up");
  await until("nothing is left", async () => (await readdir(agent.folder)).join() === "line");

  await symlink("/dev/zero", join(agent.folder, "zero"));
  await expect(session.getFile(join(agent.folder, "zero"), { signal })).rejects.toThrow("cannot read");
  await expect(session.getFile("/dev/zero", { signal })).rejects.toThrow("no regular file");
  await expect(session.getFile(agent.folder, { signal })).rejects.toThrow("is a directory");
  await session.ping();
});

it("files with several names are told as such, and made", async () => {
  const agent = await startAgent();
  const session = await agent.connect();
  const tree = join(agent.folder, "tree");
  await mkdir(tree);
  await writeFile(join(tree, "one"), "content");
  await link(join(tree, "one"), join(tree, "two"));
  for (let count = 0; count < 2; count++) await session.makeLink(join(tree, "three"), join(tree, "one"));
  const entries = await all(session.list(tree));
  const names = new Set(entries.filter(({ type }) => type === "file").map(({ file }) => file));
  expect(names.size).toBe(1);
  expect([...names][0]).toMatch(/^\d+:\d+$/);
  expect((await readdir(tree)).sort()).toEqual(["one", "three", "two"]);
  await expect(session.makeLink(join(tree, "four"), join(tree, "none"))).rejects.toThrow("cannot make the hard link");
});
