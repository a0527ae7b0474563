import { onlyKnown } from "@vitest-machines/host";
import type { DebianFile } from "../debian/options.ts";
import { absolutePath, mode, owner, record, refusal } from "./check.ts";

export interface FileSpec {
  readonly path: string;
  readonly mode: number;
  readonly owner: string;
  readonly content: Buffer;
}

/** A file that is declared at a path of a guest. @param at the map that it is in @throws MachinesError DECLARATION_INVALID */
export function fileSpec(at: string, path: string, value: unknown): FileSpec {
  const here = `${at}[${JSON.stringify(path)}]`;
  absolutePath(at, path);
  const file = (
    typeof value === "string" || value instanceof Uint8Array ? { content: value } : record(here, value)
  ) as Partial<DebianFile>;
  onlyKnown(here, file, ["content", "mode", "owner"]);
  const { content } = file;
  if (typeof content !== "string" && !(content instanceof Uint8Array)) {
    throw refusal(
      `${here}.content`,
      content,
      "is not the content of a file",
      "a string, a Buffer or another Uint8Array",
    );
  }
  return {
    path,
    content: Buffer.from(content as Uint8Array),
    mode: mode(`${here}.mode`, file.mode ?? 0o644),
    owner: owner(`${here}.owner`, file.owner ?? "root:root"),
  };
}
