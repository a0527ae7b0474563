import { posix } from "node:path";
import { addAbortSignal } from "node:stream";
import type { AgentSession, GuestEntry } from "../../agent/session.ts";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { copying, type Copy } from "./copying.ts";
import { HostTarget } from "./host-target.ts";
import type { CopySummary } from "./summary.ts";

/**
 * Copies a file or a tree of the guest to the host, owned by this user, modes (without set-user-id) and times kept.
 * `target` is the path that the copy itself gets; its parents are created, an existing file is replaced, an existing folder
 * is added to. Nothing is written outside of `target`, whatever the guest says.
 */
export function copyToHost(
  context: MachineContext,
  source: string,
  target: string,
  options: VerbOptions = {},
): Promise<CopySummary> {
  const work: Copy["work"] = (agent, summary, stopped) =>
    copyOut(agent, source, new HostTarget(target), summary, stopped);
  return copying(context, { direction: "out", source, target, work }, options);
}

async function copyOut(
  agent: AgentSession,
  source: string,
  target: HostTarget,
  summary: CopySummary,
  stopped: AbortSignal,
): Promise<void> {
  const links: GuestEntry[] = [];
  for (const entry of await agent.list(source)) {
    stopped.throwIfAborted();
    if (entry.type === "directory") {
      await target.directory(entry.path, entry.mode);
      summary.directories++;
    } else if (entry.type === "file") {
      const { content } = await agent.readFile(entry.path === "" ? source : posix.join(source, entry.path));
      summary.bytes += await target.file(entry.path, addAbortSignal(stopped, content), entry);
      summary.files++;
    } else if (entry.type === "symlink") links.push(entry);
    else summary.skipped.push(entry.path);
  }
  for (const { path, target: pointsTo = "" } of links) {
    await target.symlink(path, pointsTo);
    summary.symlinks++;
  }
  await target.finish();
}
