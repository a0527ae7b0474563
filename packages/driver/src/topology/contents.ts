import { onlyKnown } from "@vitest-machines/host";
import { absolutePath, fileSpec, mode, owner, record, refusal, userSpec } from "@vitest-machines/images";
import { fileURLToPath } from "node:url";
import type { NodeDeclaration } from "./declaration.ts";
import type { ContentsPlan, HostFilePlan } from "./plan.ts";

/** A value, and where its author wrote it. */
export type Setting = (key: keyof NodeDeclaration, fallback: unknown) => [value: unknown, path: string];

/** What a machine is to have beside what its image has; undefined for nothing. @throws MachinesError DECLARATION_INVALID */
export function planContents(setting: Setting): ContentsPlan | undefined {
  const entries = (key: "users" | "files" | "shared"): { at: string; all: [string, unknown][] } => {
    const [value, at] = setting(key, undefined);
    return { at, all: Object.entries(record(at, value)) };
  };
  const [users, files, shared] = [entries("users"), entries("files"), entries("shared")];
  if (users.all.length + files.all.length + shared.all.length === 0) return undefined;
  return {
    users: users.all.map(([name, user]) => userSpec(users.at, name, user)),
    files: files.all.map(([path, file]) =>
      isHostFile(file) ? hostFile(files.at, path, file) : fileSpec(files.at, path, file),
    ),
    shared: shared.all.map(([path, folder]) => ({
      path: absolutePath(shared.at, path),
      source: hostPath(`${shared.at}[${JSON.stringify(path)}]`, folder),
    })),
  };
}

function isHostFile(file: unknown): file is { source: unknown; mode?: unknown; owner?: unknown } {
  return typeof file === "object" && file !== null && "source" in file;
}

function hostFile(at: string, path: string, file: { source: unknown; mode?: unknown; owner?: unknown }): HostFilePlan {
  const here = `${at}[${JSON.stringify(path)}]`;
  onlyKnown(here, file, ["source", "mode", "owner"]);
  return {
    path: absolutePath(at, path),
    source: hostPath(`${here}.source`, file.source),
    mode: file.mode === undefined ? undefined : mode(`${here}.mode`, file.mode),
    owner: owner(`${here}.owner`, file.owner ?? "root:root"),
  };
}

function hostPath(at: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  if (value instanceof URL && value.protocol === "file:") return fileURLToPath(value);
  throw refusal(at, value, "is not a path of the host", 'paths such as "./site", file: URLs');
}
