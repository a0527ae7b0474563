import { lstat, readdir, readlink, stat } from "node:fs/promises";
import type { Stats } from "node:fs";
import { join, posix } from "node:path";
import type { AgentSession } from "../../agent/session.ts";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { copying, isLarge, type Copy } from "./copying.ts";
import { openHostFile } from "./host-pieces.ts";
import type { CopySummary } from "./summary.ts";

/**
 * Copies a file or a tree of the host into the guest, owned by root; modes, times, links and holes are kept. `target` is the
 * path that the copy itself gets; its parents are created, an existing file is replaced once the new one is there in full, an
 * existing folder is added to. The guest compares the checksum of each file with that of what was sent.
 */
export function copyFromHost(
  context: MachineContext,
  source: string,
  target: string,
  options: VerbOptions = {},
): Promise<CopySummary> {
  const work: Copy["work"] = (agent, summary, stopped) =>
    new CopyIn(agent, summary, stopped).copy(source, target, () => stat(source));
  return copying(context, { direction: "in", source, target, work }, options);
}

class CopyIn {
  readonly #agent: AgentSession;
  readonly #summary: CopySummary;
  readonly #stopped: AbortSignal;
  /** Where files with several names have gone, by what names them all. */
  readonly #named = new Map<string, string>();

  constructor(agent: AgentSession, summary: CopySummary, stopped: AbortSignal) {
    this.#agent = agent;
    this.#summary = summary;
    this.#stopped = stopped;
  }

  /** @param look a symbolic link given by name means what it points to; links within a tree are copied as links */
  async copy(source: string, target: string, look: () => Promise<Stats> = () => lstat(source)): Promise<void> {
    this.#stopped.throwIfAborted();
    const entry = await look();
    if (entry.isSymbolicLink()) {
      await this.#agent.makeSymlink(target, await readlink(source));
      this.#summary.symlinks++;
    } else if (entry.isDirectory()) await this.#copyFolder(source, target, entry);
    else if (entry.isFile()) await this.#copyFile(source, target, entry);
    else this.#summary.skipped.push(source);
  }

  async #copyFolder(source: string, target: string, { mode }: Stats): Promise<void> {
    await this.#agent.makeDirectory(target, { mode: mode & 0o7777 });
    this.#summary.directories++;
    for (const name of await readdir(source)) await this.copy(join(source, name), posix.join(target, name));
  }

  async #copyFile(source: string, target: string, { dev, ino, nlink }: Stats): Promise<void> {
    const name = nlink > 1 ? `${dev}:${ino}` : undefined;
    const first = name === undefined ? undefined : this.#named.get(name);
    if (first === undefined) await this.#send(source, target);
    else await this.#agent.makeLink(target, first);
    if (name !== undefined && first === undefined) this.#named.set(name, target);
    this.#summary.files++;
  }

  async #send(source: string, target: string): Promise<void> {
    const file = await openHostFile(source);
    try {
      const { size, mode, mtimeMs } = file;
      const options = { mode, mtimeMs, isLarge: isLarge(size), signal: this.#stopped };
      await this.#agent.putFile(target, file.pieces(), options);
      this.#summary.bytes += size;
    } finally {
      await file.close();
    }
  }
}
