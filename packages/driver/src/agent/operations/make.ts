import type { AgentLink } from "../link.ts";
import { request } from "./request.ts";

export async function makeDirectory(link: AgentLink, path: string, mode: number | undefined): Promise<void> {
  const given = mode === undefined ? [] : ([["mode", mode]] as const);
  await request(link, [["op", "mkdir"], ["path", path], ...given]);
}

export async function makeLink(link: AgentLink, kind: "link" | "symlink", path: string, target: string): Promise<void> {
  await request(link, [
    ["op", kind],
    ["path", path],
    ["target", target],
  ]);
}
