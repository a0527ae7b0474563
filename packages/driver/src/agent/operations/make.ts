import type { AgentLink } from "../link.ts";
import { request } from "./request.ts";

export async function makeDirectory(link: AgentLink, path: string, mode: number | undefined): Promise<void> {
  const given = mode === undefined ? [] : ([["mode", mode]] as const);
  await request(link, [["op", "mkdir"], ["path", path], ...given]);
}

export async function makeSymlink(link: AgentLink, path: string, target: string): Promise<void> {
  await request(link, [
    ["op", "symlink"],
    ["path", path],
    ["target", target],
  ]);
}
