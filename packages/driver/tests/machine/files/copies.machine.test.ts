import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: {} } });
const box = () => lab.machine("box");
const at = (...parts: string[]): string => join(lab.folder, ...parts);

describe("a file", () => {
  it("comes back as it went: bytes, mode and time", async () => {
    const bytes = randomBytes(300_000);
    await writeFile(at("original"), bytes, { mode: 0o750 });
    await utimes(at("original"), 1_500_000_000, 1_500_000_000);
    const there = await box().copyFromHost(at("original"), "/srv/new folder/it's here");
    expect(there).toEqual({ files: 1, directories: 0, symlinks: 0, bytes: 300_000, skipped: [] });
    expect(await box().succeed(`stat -c '%a %Y %u' "/srv/new folder/it's here"`)).toBe("750 1500000000 0\n");

    await box().copyToHost("/srv/new folder/it's here", at("new", "copy"));
    expect(bytes.equals(await readFile(at("new", "copy")))).toBe(true);
    const { mode, mtimeMs } = await stat(at("new", "copy"));
    expect([mode & 0o777, mtimeMs]).toEqual([0o750, 1_500_000_000_000]);
  });

  it("replaces one that is there, also an empty one", async () => {
    await writeFile(at("empty"), "");
    await box().succeed("mkdir -p /srv; echo old > /srv/replaced");
    await box().copyFromHost(at("empty"), "/srv/replaced");
    expect(await box().succeed("wc -c < /srv/replaced")).toBe("0\n");
    await writeFile(at("replaced"), "old");
    await box().copyToHost("/srv/replaced", at("replaced"));
    expect(await readFile(at("replaced"), "utf8")).toBe("");
  });

  it("of which nobody knows the size arrives whole", async () => {
    await box().copyToHost("/proc/version", at("version"));
    expect(await readFile(at("version"), "utf8")).toMatch(/^Linux version /);
  });
});

describe("a tree", () => {
  it("comes back as it went, links as links, special files left out", async () => {
    await mkdir(at("tree", "sub", "empty"), { recursive: true });
    await writeFile(at("tree", "sub", "data"), "data");
    await writeFile(at("tree", "-odd *name"), "odd");
    await chmod(at("tree", "sub"), 0o700);
    await symlink("sub/data", at("tree", "link"));
    await symlink("/nowhere/at all", at("tree", "dangling"));
    await promisify(execFile)("mkfifo", [at("tree", "pipe")]);

    const there = await box().copyFromHost(at("tree"), "/srv/tree");
    expect(there).toEqual({ files: 2, directories: 3, symlinks: 2, bytes: 7, skipped: [at("tree", "pipe")] });
    await box().succeed("mkfifo /srv/tree/sub/pipe");
    const back = await box().copyToHost("/srv/tree", at("back"));
    expect(back).toEqual({ files: 2, directories: 3, symlinks: 2, bytes: 7, skipped: ["sub/pipe"] });

    expect((await readdir(at("back"), { recursive: true })).sort()).toEqual(
      ["-odd *name", "dangling", "link", "sub", "sub/data", "sub/empty"].sort(),
    );
    expect(await readlink(at("back", "dangling"))).toBe("/nowhere/at all");
    expect((await lstat(at("back", "sub"))).mode & 0o777).toBe(0o700);
    expect(await readFile(at("back", "link"), "utf8")).toBe("data");
  });

  it("is added to one that is there, as often as you like", async () => {
    await mkdir(at("again"));
    await writeFile(at("again", "mine"), "mine");
    await box().succeed("mkdir -p /srv/again; echo theirs > /srv/again/theirs; ln -s theirs /srv/again/link");
    await box().copyToHost("/srv/again", at("again"));
    await box().copyToHost("/srv/again", at("again"));
    await box().copyFromHost(at("again"), "/srv/again");
    expect(await box().succeed("ls /srv/again; readlink /srv/again/link")).toBe("link\nmine\ntheirs\ntheirs\n");
  });
});

describe("a copy that fails", () => {
  it("says which way it went and why", async () => {
    expect(await messageOf(box().copyToHost("/srv/missing", at("x")))).toBe(
      `COPY_FAILED: box: /srv/missing could not be copied to ${at("x")}: cannot list /srv/missing: no such file or directory`,
    );
    expect(await messageOf(box().copyFromHost(at("missing"), "/srv/x"))).toMatch(
      `COPY_FAILED: box: ${at("missing")} could not be copied to /srv/x: ENOENT: no such file or directory`,
    );
    expect(await messageOf(box().copyFromHost(at("original"), "relative"))).toMatch(
      "the path in the guest must be absolute",
    );
  });

  it("within its time says that time was too short", async () => {
    await expect(
      box().copyToHost("/dev/shm", at("y"), { signal: AbortSignal.abort(new Error("no")) }),
    ).rejects.toMatchObject({
      code: "ABORTED",
    });
    await writeFile(at("large"), Buffer.alloc(30_000_000));
    expect(await messageOf(box().copyFromHost(at("large"), "/tmp/large", { timeout: 50 }))).toBe(
      `COPY_FAILED: box: copying ${at("large")} to /tmp/large took longer than 50 ms.`,
    );
  });
});
