import { MachinesError } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Makes a machine's private layer over its image's disk: the image stays as it is, and its file is never written.
 * @param program absolute path of qemu-img
 * @throws BOOT_FAILED with what qemu-img says
 */
export async function createOverlay(
  program: string,
  disk: NonNullable<BootFiles["disk"]>,
  overlay: string,
  machine: string,
): Promise<void> {
  try {
    await run(program, ["create", "-q", "-f", "qcow2", "-F", disk.format, "-b", disk.path, overlay]);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new MachinesError("BOOT_FAILED", `${machine}: no overlay could be made for ${disk.path}.`, {
      machine,
      evidence: [`qemu-img says:\n${said}`],
      cause: error,
    });
  }
}
