import { mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { all, startAgent, text, until } from "../an-agent.ts";

describe("files", () => {
  it("are written with mode and time, and their parents made", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const path = join(agent.folder, "a/b/file");
    await session.writeFile(path, Buffer.from("content"), { mode: 0o640, mtimeMs: 1_700_000_000_123 });
    const status = await stat(path);
    expect(await readFile(path, "utf8")).toBe("content");
    expect(status.mode & 0o7777).toBe(0o640);
    expect(status.mtimeMs).toBeCloseTo(1_700_000_000_123, 0);
  });

  it("are replaced at once, and never seen half written", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const path = join(agent.folder, "file");
    await writeFile(path, "old");
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const writing = session.writeFile(
      path,
      Readable.from(
        (async function* () {
          yield Buffer.from("new ");
          await held;
          yield Buffer.from("content");
        })(),
      ),
    );
    await until("a temporary file is there", async () => (await readdir(agent.folder)).length > 2);
    expect(await readFile(path, "utf8")).toBe("old");
    release();
    await writing;
    expect(await readFile(path, "utf8")).toBe("new content");
    expect(await readdir(agent.folder)).toHaveLength(2);
  });

  it("leave nothing behind when the source breaks, and the reason is the source's own", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from("half");
        await Promise.resolve();
        throw new Error("the disk broke");
      })(),
    );
    await expect(session.writeFile(join(agent.folder, "file"), broken)).rejects.toThrow("the disk broke");
    await until("the temporary file is gone", async () => (await readdir(agent.folder)).join() === "line");
  });

  it("of several megabytes go there and back unchanged, and empty ones too", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const bytes = Buffer.alloc(5_000_000, "0123456789abcdef-");
    for (const content of [bytes, Buffer.alloc(0)]) {
      await session.writeFile(join(agent.folder, "file"), content);
      const { entry, content: stream } = await session.readFile(join(agent.folder, "file"));
      expect(entry).toMatchObject({ path: "", type: "file", mode: 0o644, size: content.length });
      expect(await text(stream)).toBe(content.toString());
    }
  });

  it("of the kernel, which have no size, are read to their end", async () => {
    const session = await (await startAgent()).connect();
    const { content } = await session.readFile("/proc/sys/kernel/ostype");
    expect(await text(content)).toBe("Linux\n");
  });

  it("that are endless can be left", async () => {
    const session = await (await startAgent()).connect();
    const { content } = await session.readFile("/dev/zero");
    content.destroy();
    await session.ping();
  });

  it.each([
    ["reading what is not there", "read", "nothing", /cannot read .*nothing: no such file or directory/],
    ["reading a directory", "read", ".", /is a directory/],
    ["writing to a directory", "write", "folder", /there is a directory/],
    ["writing below a file", "write", "file/below", /cannot make its parent folders: not a directory/],
    ["listing what is not there", "list", "nothing", /cannot list .*nothing: no such file or directory/],
    ["making a directory over a file", "mkdir", "file", /cannot make the directory .*file: not a directory/],
  ] as const)("give a reason for %s", async (_name, what, name, message) => {
    const agent = await startAgent();
    const session = await agent.connect();
    await mkdir(join(agent.folder, "folder"));
    await writeFile(join(agent.folder, "file"), "");
    const path = join(agent.folder, name);
    const work = {
      read: () => session.readFile(path),
      write: () => session.writeFile(path, Buffer.from("x")),
      list: () => all(session.list(path)),
      mkdir: () => session.makeDirectory(path),
    };
    await expect(work[what]()).rejects.toThrow(message);
    await expect(work[what]()).rejects.toMatchObject({ code: "AGENT_REFUSED" });
  });

  it("and directories and symlinks are made, also where something is already", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    for (let count = 0; count < 2; count++) {
      await session.makeDirectory(join(agent.folder, "x/y"), { mode: 0o700 });
      await session.makeSymlink(join(agent.folder, "x/link"), "../some where");
    }
    expect((await stat(join(agent.folder, "x/y"))).mode & 0o7777).toBe(0o700);
    expect(await readlink(join(agent.folder, "x/link"))).toBe("../some where");
  });
});

describe("a listing", () => {
  it("has parents first, follows no symlink, and can be of one file", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const tree = join(agent.folder, "tree");
    await mkdir(join(tree, "sub/ümläut\nname"), { recursive: true });
    await writeFile(join(tree, "sub/file"), "12345");
    await symlink("/etc", join(tree, "link"));
    const entries = await all(session.list(`${tree}/`));
    const byPath = new Map(entries.map((entry) => [entry.path, entry]));
    expect([...byPath.keys()].sort()).toEqual(["", "link", "sub", "sub/file", "sub/ümläut\nname"]);
    expect(byPath.get("link")).toMatchObject({ type: "symlink", target: "/etc" });
    expect(byPath.get("sub/file")).toMatchObject({ type: "file", size: 5 });
    const paths = entries.map(({ path }) => path);
    expect(paths[0]).toBe("");
    expect(paths.indexOf("sub")).toBeLessThan(paths.indexOf("sub/file"));
    expect(await all(session.list(join(tree, "sub/file")))).toMatchObject([{ path: "", type: "file" }]);
  });

  it("of thousands of entries arrives whole", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const tree = join(agent.folder, "tree");
    for (const folder of Array.from({ length: 30 }, (_, index) => join(tree, `folder-${index}`))) {
      await mkdir(folder, { recursive: true });
      await Promise.all(Array.from({ length: 100 }, (_, index) => writeFile(join(folder, `file-${index}`), "")));
    }
    expect(await all(session.list(tree))).toHaveLength(1 + 30 + 3000);
  });

  it("says so when a name is not UTF-8", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    await mkdir(join(agent.folder, "tree"));
    await writeFile(Buffer.concat([Buffer.from(`${agent.folder}/tree/`), Buffer.from([0xff, 0x41])]), "");
    await expect(all(session.list(join(agent.folder, "tree")))).rejects.toThrow(/not UTF-8: "ÿA"/);
    await session.ping();
  });
});
