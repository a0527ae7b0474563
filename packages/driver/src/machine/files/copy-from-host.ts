import { createReadStream } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import type { AgentSession } from "../../agent/session.ts";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { copying, type Copy } from "./copying.ts";
import type { CopySummary } from "./summary.ts";

/**
 * Copies a file or a tree of the host into the guest, owned by root, modes and times kept. `target` is the path that the
 * copy itself gets; its parents are created, an existing file is replaced, an existing folder is added to.
 */
export function copyFromHost(
  context: MachineContext,
  source: string,
  target: string,
  options: VerbOptions = {},
): Promise<CopySummary> {
  const work: Copy["work"] = (agent, summary, stopped) => copyInto(agent, source, target, summary, stopped, true);
  return copying(context, { direction: "in", source, target, work }, options);
}

async function copyInto(
  agent: AgentSession,
  source: string,
  target: string,
  summary: CopySummary,
  stopped: AbortSignal,
  isRoot = false,
): Promise<void> {
  stopped.throwIfAborted();
  // A symbolic link given by name means what it points to; links within a tree are copied as links.
  const entry = await (isRoot ? stat(source) : lstat(source));
  const mode = entry.mode & 0o7777;
  if (entry.isSymbolicLink()) {
    await agent.makeSymlink(target, await readlink(source));
    summary.symlinks++;
  } else if (entry.isDirectory()) {
    await agent.makeDirectory(target, { mode });
    summary.directories++;
    for (const name of await readdir(source))
      await copyInto(agent, join(source, name), posix.join(target, name), summary, stopped);
  } else if (entry.isFile()) {
    await agent.writeFile(target, createReadStream(source, { signal: stopped }), { mode, mtimeMs: entry.mtimeMs });
    summary.files++;
    summary.bytes += entry.size;
  } else summary.skipped.push(source);
}
