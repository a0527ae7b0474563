import { MachinesError } from "@vitest-machines/host";
import { execFile } from "node:child_process";
import { link } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Copies a file whose holes and zeros take no room in the copy; a file system that can share blocks copies nothing.
 * @throws FREEZE_FAILED with what cp says, such as that the disk is full
 */
export async function copySparse(from: string, to: string): Promise<void> {
  try {
    // Node copies holes as zeros, all of them.
    await run("cp", ["--sparse=always", "--reflink=auto", "--", from, to]);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    const summary = `${from} could not be copied: ${said === undefined || said === "" ? String(error) : said}`;
    throw new MachinesError("FREEZE_FAILED", summary, { facts: { from, to }, cause: error });
  }
}

/** A second name for a file that nobody writes to any more; a copy where the file systems differ. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!["EXDEV", "EPERM", "EMLINK", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await copySparse(from, to);
  }
}
