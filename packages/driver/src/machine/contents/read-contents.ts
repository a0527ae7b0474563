import { digestOf, invalid, sha256 } from "@vitest-machines/host";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { ContentsPlan, HostFilePlan, NodePlan, SharedFolder } from "../../topology/plan.ts";
import type { Contents, ReadFile, ReadFolder } from "./contents.ts";
import { readFolder } from "./read-folder.ts";

/**
 * Reads what a machine is to have of the host.
 * @throws MachinesError DECLARATION_INVALID for what is not there, or is something else
 */
export async function readContents({ name }: Pick<NodePlan, "name">, plan: ContentsPlan): Promise<Contents> {
  const at = `nodes.${name}`;
  const { users } = plan;
  const files = await Promise.all(
    plan.files.map(async (file): Promise<ReadFile> =>
      "source" in file ? readHostFile(file, at) : { ...file, bytes: file.content },
    ),
  );
  const shared: ReadFolder[] = [];
  for (const folder of plan.shared) shared.push(await readShared(folder, at));
  return { users, files, shared, digest: digestOf(identity(users, files, shared)) };
}

/** Times are not in it: they differ between two checkouts of the same. */
function identity(
  users: Contents["users"],
  files: readonly ReadFile[],
  shared: readonly ReadFolder[],
): Record<string, string> {
  return {
    users: JSON.stringify(users),
    files: JSON.stringify(files.map(({ path, mode, owner, bytes }) => [path, mode, owner, sha256(bytes)])),
    shared: JSON.stringify(
      shared.map(({ path, entries }) => [path, entries.map((entry) => ({ ...entry, mtimeMs: undefined }))]),
    ),
  };
}

async function readHostFile({ path, source, mode, owner }: HostFilePlan, at: string): Promise<ReadFile> {
  const file = resolve(source);
  try {
    const stats = await stat(file);
    return { path, owner, mode: mode ?? stats.mode & 0o7777, bytes: await readFile(file) };
  } catch (error) {
    throw unreadable(
      `${at}.files[${JSON.stringify(path)}].source`,
      file,
      error,
      "files of the host; for folders there is `shared`",
    );
  }
}

async function readShared({ path, source }: SharedFolder, at: string): Promise<ReadFolder> {
  const folder = resolve(source);
  const here = `${at}.shared[${JSON.stringify(path)}]`;
  const valid = "folders of the host with files, folders and symbolic links";
  try {
    // A link given by name means what it points to.
    if (!(await stat(folder)).isDirectory()) throw new Error("it is not a folder");
    return { path, source: folder, entries: await readFolder(`${folder}/`) };
  } catch (error) {
    throw unreadable(here, folder, error, valid);
  }
}

function unreadable(path: string, value: string, error: unknown, valid: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = { ENOENT: "is not there", EISDIR: "is a folder", EACCES: "may not be read" };
  return invalid({ path, value, reason: reasons[code ?? ""] ?? `cannot be read: ${message}`, valid });
}
