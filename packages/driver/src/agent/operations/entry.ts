import { MachinesError } from "@vitest-machines/host";
import type { Fields } from "../protocol/fields.ts";
import type { GuestEntry, GuestFileType } from "../session.ts";

const types: readonly GuestFileType[] = ["file", "directory", "symlink", "other"];

export function readEntry(fields: Fields): GuestEntry {
  const type = types.find((name) => name === fields.text("type")) ?? "other";
  const file = fields.text("file");
  return {
    path: fields.text("path") ?? "",
    type,
    mode: fields.number("mode") ?? 0,
    size: fields.number("size") ?? 0,
    mtimeMs: (fields.number("mtime") ?? 0) / 1000,
    ...(type === "file" && file !== undefined ? { file } : {}),
    ...(type === "symlink" ? { target: fields.text("target") ?? "" } : {}),
  };
}

/**
 * Whoever copies a listing writes to the paths in it, so a guest must not be able to name one outside of the tree.
 * @throws AGENT_REFUSED
 */
export function checkListedPath(path: string): void {
  if (path === "" || !path.split("/").some((part) => part === "" || part === "." || part === "..")) return;
  throw new MachinesError(
    "AGENT_REFUSED",
    `the guest listed the path ${JSON.stringify(path)}, which leads out of the tree`,
    {
      hint: "The guest's agent is not the one of this package, or the guest is not to be trusted.",
    },
  );
}
