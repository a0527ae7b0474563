import { MachinesError, type Deadline } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import { Readable } from "node:stream";
import type { AgentSession } from "../../agent/session.ts";
import type { Life } from "../power/life.ts";
import { addUsers } from "./add-users.ts";
import type { Contents, ReadFile, ReadFolder } from "./contents.ts";
import { fileContent } from "./file-content.ts";
import { packTar } from "./pack-tar.ts";
import type { FolderEntry } from "./read-folder.ts";
import { runProgram } from "./run-program.ts";

/** Where the guest keeps shared folders, and how far the first boot has come: on a disk it outlives a restart. */
const store = "/var/lib/vitest-machines/contents";
/** The agent does many things at once, but not any number. */
const filesAtOnce = 32;
const largeBytes = 256 * 1024;

/**
 * Puts users, files and folders of one machine where they are declared, before its services start. A machine that has them on
 * its disk keeps them as they are over restarts, with what was changed in them.
 * @throws COMMAND_FAILED, AGENT_REFUSED with the guest's reason; BOOT_TIMEOUT, MACHINE_DOWN, ABORTED
 */
export async function putContents(
  life: Life,
  session: AgentSession,
  { machine, contents, boot }: { machine: string; contents: Contents; boot: BootFiles },
  deadline: Deadline,
): Promise<void> {
  const late = (): Error =>
    new MachinesError("BOOT_TIMEOUT", `${machine} had not taken its users and files`, { machine });
  const gate = boot.contents;
  const work = async (): Promise<void> => {
    if (gate) await session.waitFor({ kind: "path", path: gate.wanted });
    if (!(await hasAll(session))) await putAll(session, machine, contents);
    if (contents.shared.length > 0) await runProgram(session, machine, mounts(contents.shared));
    if (gate) await session.writeFile(gate.put, Buffer.alloc(0));
  };
  await life.guard(deadline.race(work(), late));
}

async function hasAll(session: AgentSession): Promise<boolean> {
  try {
    await session.list(`${store}/done`).next();
    return true;
  } catch (error) {
    if (error instanceof MachinesError && error.code === "AGENT_REFUSED") return false;
    throw error;
  }
}

async function putAll(session: AgentSession, machine: string, { users, files, shared }: Contents): Promise<void> {
  if (users.length > 0) await runProgram(session, machine, addUsers(users));
  for (let at = 0; at < files.length; at += filesAtOnce) {
    const some = files.slice(at, at + filesAtOnce);
    await Promise.all(some.map(({ path, bytes, mode }) => session.writeFile(path, bytes, { mode })));
  }
  const owned = files.filter(({ owner }) => owner !== "root:root");
  if (owned.length > 0) await runProgram(session, machine, owners(owned));
  for (const [index, folder] of shared.entries()) {
    await putFolder(session, machine, folder, `${store}/${index}`);
  }
  await session.writeFile(`${store}/done`, Buffer.alloc(0));
}

/** Small files come as one archive, because each by itself costs a round trip; large ones come thrice as fast without a pipe. */
async function putFolder(session: AgentSession, machine: string, folder: ReadFolder, at: string): Promise<void> {
  const { path, source, entries } = folder;
  const isLarge = ({ type, size }: FolderEntry): boolean => type === "file" && size > largeBytes;
  const stdin = packTar({ source, entries: entries.filter((entry) => !isLarge(entry)) });
  await session.makeDirectory(at);
  const inVain = `could not take the folder for ${path}`;
  await runProgram(session, machine, { argv: ["tar", "-xpf", "-", "-C", at], stdin, inVain });
  for (const entry of entries.filter(isLarge)) {
    const { mode, mtimeMs } = entry;
    const content = Readable.from(fileContent(source, entry), { objectMode: false });
    await session.writeFile(`${at}/${entry.path}`, content, { mode, mtimeMs });
  }
}

/** A change of owner takes away rights that go with it, so the mode is set once more. */
function owners(files: readonly ReadFile[]): Parameters<typeof runProgram>[2] {
  const script = 'while [ $# -gt 0 ]; do chown "$1" "$3"; chmod "$2" "$3"; shift 3; done';
  const words = files.flatMap(({ path, mode, owner }) => [owner, mode.toString(8), path]);
  return { argv: ["sh", "-eu", "-c", script, "sh", ...words], inVain: "could not give its files to their owners" };
}

/** They are copies, and stay what they were copied from. */
function mounts(shared: readonly ReadFolder[]): Parameters<typeof runProgram>[2] {
  const script =
    'while [ $# -gt 0 ]; do mkdir -p "$2"; mount -o bind "$1" "$2"; mount -o remount,bind,ro "$2"; shift 2; done';
  const words = shared.flatMap(({ path }, index) => [`${store}/${index}`, path]);
  return { argv: ["sh", "-eu", "-c", script, "sh", ...words], inVain: "could not mount its shared folders" };
}
