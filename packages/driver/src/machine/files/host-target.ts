import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * A place on the host that a guest's files go to. The guest is not trusted: nothing is ever written through a symbolic
 * link below the target, whether it was there before or came with this copy, so nothing lands outside.
 */
export class HostTarget {
  readonly #root: string;
  /** Folders below the root that were found to be real, or made, by this copy. */
  readonly #folders = new Set<string>();
  /** Of folders that this copy made; what was there before keeps its own. */
  readonly #modes = new Map<string, number>();

  constructor(root: string) {
    this.#root = resolve(root);
  }

  async directory(relative: string, mode: number): Promise<void> {
    const path = this.#resolve(relative);
    if (relative === "") await mkdir(dirname(path), { recursive: true });
    else this.#requireParent(path, relative);
    const isNew = await mkdir(path).then(() => true, unless("EEXIST"));
    // The root may be a link that the test's author made; below it, only folders are folders.
    const entry = await (relative === "" ? stat(path) : lstat(path));
    if (!entry.isDirectory()) throw new Error(`${path} exists and is not a folder`);
    this.#folders.add(path);
    if (isNew) this.#modes.set(path, mode);
  }

  /** Gives new folders their modes, which might not have let their content in. */
  async finish(): Promise<void> {
    for (const [path, mode] of this.#modes) await chmod(path, (mode & 0o777) | 0o700);
  }

  async file(relative: string, content: Readable, metadata: { mode: number; mtimeMs: number }): Promise<number> {
    const path = this.#resolve(relative);
    if (relative === "") await mkdir(dirname(path), { recursive: true });
    else this.#requireParent(path, relative);
    // Renaming replaces a symbolic link, where opening would follow it.
    const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.part`);
    try {
      await rm(temporary, { force: true });
      const handle = await open(
        temporary,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      );
      const written = handle.createWriteStream();
      await pipeline(content, written);
      // Never set-user-id on the host: the owner here is not the owner there.
      await chmod(temporary, metadata.mode & 0o777);
      await utimes(temporary, metadata.mtimeMs / 1000, metadata.mtimeMs / 1000);
      await rename(temporary, path);
      return written.bytesWritten;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Call it after everything else, so that no later entry can go through the link. */
  async symlink(relative: string, target: string): Promise<void> {
    const path = this.#resolve(relative);
    if (relative === "") await mkdir(dirname(path), { recursive: true });
    else this.#requireParent(path, relative);
    const existing = await lstat(path).catch(unless("ENOENT"));
    if (existing?.isDirectory()) throw new Error(`${path} exists and is a folder`);
    await rm(path, { force: true });
    await symlink(target, path);
  }

  #resolve(relative: string): string {
    const path = resolve(this.#root, relative);
    const isInside = path === this.#root || path.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep);
    if (!isInside || relative.includes("\0") || (relative !== "" && path === this.#root)) {
      throw new Error(`the guest names a path outside of what was asked for: ${JSON.stringify(relative)}`);
    }
    return path;
  }

  #requireParent(path: string, relative: string): void {
    if (this.#folders.has(dirname(path))) return;
    throw new Error(`the guest lists ${JSON.stringify(relative)} without the folder that holds it`);
  }
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
    return undefined;
  };
}
