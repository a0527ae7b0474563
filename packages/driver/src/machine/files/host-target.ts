import { constants } from "node:fs";
import { chmod, link, lstat, mkdir, open, rename, rm, stat, symlink, utimes, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { FilePiece } from "../../agent/copies/piece.ts";

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
    const path = await this.#place(relative);
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

  /** @returns how many bytes the file has, holes included */
  async file(
    relative: string,
    pieces: AsyncIterable<FilePiece>,
    metadata: { mode: number; mtimeMs: number },
  ): Promise<number> {
    const path = await this.#place(relative);
    // Renaming replaces a symbolic link, where opening would follow it.
    const temporary = temporaryName(path);
    try {
      await rm(temporary, { force: true });
      const size = await writePieces(temporary, pieces);
      // Never set-user-id on the host: the owner here is not the owner there.
      await chmod(temporary, metadata.mode & 0o777);
      await utimes(temporary, metadata.mtimeMs / 1000, metadata.mtimeMs / 1000);
      await rename(temporary, path);
      return size;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** A further name of a file that this copy has made. */
  async link(relative: string, existing: string): Promise<void> {
    const path = await this.#place(relative);
    const source = this.#resolve(existing);
    this.#requireParent(source, existing);
    const temporary = temporaryName(path);
    await rm(temporary, { force: true });
    try {
      // Links to what is there, not to what that may point to.
      await link(source, temporary);
      await rename(temporary, path);
    } finally {
      // Still there when it failed, and when both were names of one file already.
      await rm(temporary, { force: true });
    }
  }

  /** Call it after everything else, so that no later entry can go through the link. */
  async symlink(relative: string, target: string): Promise<void> {
    const path = await this.#place(relative);
    const existing = await lstat(path).catch(unless("ENOENT"));
    if (existing?.isDirectory()) throw new Error(`${path} exists and is a folder`);
    await rm(path, { force: true });
    await symlink(target, path);
  }

  /** The path of an entry, in a folder that is there and real. */
  async #place(relative: string): Promise<string> {
    const path = this.#resolve(relative);
    if (relative === "") await mkdir(dirname(path), { recursive: true });
    else this.#requireParent(path, relative);
    return path;
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

let temporaries = 0;

/** Its own for each, because several copies may go to one folder; short, because names have at most 255 bytes. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 40)}.${process.pid}-${++temporaries}.part`);
}

/** @returns how many bytes it has, holes included */
async function writePieces(path: string, pieces: AsyncIterable<FilePiece>): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  let size = 0;
  try {
    for await (const piece of pieces) {
      if (piece.kind === "data") size += await writeAt(file, piece.bytes, size);
      else size += piece.length;
    }
    // A hole at the end is only there once something says so.
    await file.truncate(size);
    return size;
  } finally {
    await file.close();
  }
}

/** @returns how many bytes it was */
async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
  return done;
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
    return undefined;
  };
}
