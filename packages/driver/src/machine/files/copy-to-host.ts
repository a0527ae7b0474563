import { posix } from "node:path";
import type { FilePiece } from "../../agent/copies/piece.ts";
import type { AgentSession, GuestEntry } from "../../agent/session.ts";
import type { MachineContext } from "../context.ts";
import { CopyLimits, type CopyOutOptions } from "./copy-limits.ts";
import { copying, isLarge, type Copy } from "./copying.ts";
import { HostTarget } from "./host-target.ts";
import type { CopySummary } from "./summary.ts";

/**
 * Copies a file or a tree of the guest to the host, owned by this user; modes (without set-user-id), times, links and holes
 * are kept. `target` is the path that the copy itself gets; its parents are created, an existing file is replaced once the
 * new one is there in full, an existing folder is added to. Nothing is written outside of `target`, whatever the guest says,
 * and no more than the limits allow. What comes is compared with the guest's checksum of each file.
 */
export function copyToHost(
  context: MachineContext,
  source: string,
  target: string,
  options: CopyOutOptions = {},
): Promise<CopySummary> {
  const limits = new CopyLimits(options);
  const work: Copy["work"] = (agent, summary, stopped) =>
    copyOut({ agent, source, target: new HostTarget(target), summary, limits, stopped });
  return copying(context, { direction: "out", source, target, work }, options);
}

export interface CopyOut {
  readonly agent: AgentSession;
  readonly source: string;
  readonly target: HostTarget;
  readonly summary: CopySummary;
  readonly limits: CopyLimits;
  readonly stopped: AbortSignal;
}

export async function copyOut(copy: CopyOut): Promise<void> {
  const { agent, source, target, summary, limits, stopped } = copy;
  const symlinks: GuestEntry[] = [];
  /** Where files with several names have gone, by what names them all. */
  const named = new Map<string, string>();
  for await (const entry of agent.list(source, stopped)) {
    stopped.throwIfAborted();
    limits.countEntry(entry);
    if (entry.type === "directory") {
      await target.directory(entry.path, entry.mode);
      summary.directories++;
    } else if (entry.type === "file") {
      const first = entry.file === undefined ? undefined : named.get(entry.file);
      if (first === undefined) summary.bytes += await copyFile(copy, entry);
      else await target.link(entry.path, first);
      if (entry.file !== undefined && first === undefined) named.set(entry.file, entry.path);
      summary.files++;
    } else if (entry.type === "symlink") symlinks.push(entry);
    else summary.skipped.push(entry.path);
  }
  for (const { path, target: pointsTo = "" } of symlinks) {
    stopped.throwIfAborted();
    await target.symlink(path, pointsTo);
    summary.symlinks++;
  }
  await target.finish();
}

async function copyFile({ agent, source, target, limits, stopped }: CopyOut, listed: GuestEntry): Promise<number> {
  const path = listed.path === "" ? source : posix.join(source, listed.path);
  const { entry, pieces } = await agent.getFile(path, { isLarge: isLarge(listed.size), signal: stopped });
  return target.file(listed.path, counted(pieces, limits), entry);
}

async function* counted(
  pieces: AsyncIterable<FilePiece>,
  limits: CopyLimits,
): AsyncGenerator<FilePiece, void, undefined> {
  for await (const piece of pieces) {
    if (piece.kind === "data") limits.countBytes(piece.bytes.length);
    yield piece;
  }
}
