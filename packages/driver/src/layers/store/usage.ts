import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoreFolders } from "./folders.ts";
import { makeOwnedName, mayLive, parseOwnedName, type OwnedName } from "./owned-name.ts";

/** Lets go of a layer. Idempotent. */
export type Unmark = () => void;

const unseenUseMs = 24 * 3600_000;
/** Between announcing a removal and having done it lie a few system calls. */
const unseenRemovalMs = 60_000;
const longestRemovalMs = 1_000;
const manyNames = 64;

/**
 * Who uses which layer, across processes, without a lock: `use.…` files are marks of users, `end.…` files announce
 * removals. A user marks first and looks for announcements second; a remover announces first and looks for marks second.
 * So at least one of two that meet sees the other: the remover then spares the layer, the user waits until it is gone or spared.
 */
export class Usage {
  readonly #folders: StoreFolders;

  constructor(folders: StoreFolders) {
    this.#folders = folders;
  }

  /**
   * Marks a layer as used by this process. It need not exist; when it does after this, it stays.
   * @returns undefined when somebody has been about to remove it for a second, and is stuck
   */
  async mark(key: string): Promise<Unmark | undefined> {
    const file = join(this.#folders.use, makeOwnedName("use", key));
    writeFileSync(file, "", { flag: "wx", mode: 0o600 });
    const unmark = (): void => {
      rmSync(file, { force: true });
    };
    try {
      const end = performance.now() + longestRemovalMs;
      while (this.#owners("end", key).length > 0) {
        if (performance.now() > end) {
          unmark();
          return undefined;
        }
        await sleep(5);
      }
    } catch (error) {
      unmark();
      throw error;
    }
    return unmark;
  }

  isUsed(key: string): boolean {
    return this.#owners("use", key).length > 0;
  }

  /**
   * Takes a layer out of the store unless somebody uses it. Does not wait and does not yield, so that users who meet it
   * wait for a few system calls only.
   * @returns the folder that it now is, to be deleted; undefined when it is in use or was gone
   */
  takeUnused(key: string): string | undefined {
    const announcement = join(this.#folders.use, makeOwnedName("end", key));
    writeFileSync(announcement, "", { flag: "wx", mode: 0o600 });
    try {
      return this.isUsed(key) ? undefined : this.take(key);
    } finally {
      rmSync(announcement, { force: true });
    }
  }

  /** The same whoever uses it, for layers that are no good. */
  take(key: string): string | undefined {
    const gone = join(this.#folders.work, makeOwnedName("gone", key));
    try {
      renameSync(join(this.#folders.root, key), gone);
      return gone;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Removes the marks of processes that are gone. */
  sweep(): void {
    for (const name of readdirSync(this.#folders.use)) {
      const parsed = parseOwnedName(name);
      if (parsed !== undefined && !this.#lives(name, parsed)) rmSync(join(this.#folders.use, name), { force: true });
    }
  }

  #owners(kind: "use" | "end", key: string): string[] {
    const names = readdirSync(this.#folders.use);
    // Processes that are killed leave their marks, and pruning, which removes them, may be long in coming.
    if (names.length > manyNames) this.sweep();
    return names.filter((name) => {
      const parsed = parseOwnedName(name);
      return parsed?.kind === kind && parsed.key === key && this.#lives(name, parsed);
    });
  }

  #lives(name: string, { kind, owner }: OwnedName): boolean {
    const age = (): number => {
      const stat = statSync(join(this.#folders.use, name), { throwIfNoEntry: false });
      return stat === undefined ? Infinity : Date.now() - stat.mtimeMs;
    };
    return mayLive(owner, age, kind === "end" ? unseenRemovalMs : unseenUseMs);
  }
}
