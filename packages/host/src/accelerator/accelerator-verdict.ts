import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../folders/cache-folder.ts";
import { withLock } from "../locks/with-lock.ts";
import { hostBootId } from "../processes/identity.ts";
import { requireTool } from "../tools/require-tool.ts";
import { probeKvm, type ProbeRequest, type ProbeResult } from "./probe.ts";
import { immediateVerdict, type AcceleratorVerdict } from "./verdict.ts";

/**
 * Whether machines can use KVM here, with the reason. What it takes to know is to boot the given kernel; that happens
 * once per host boot, QEMU and kernel, under a lock, and takes at most 4 s. The answer is kept in the cache folder.
 *
 * @throws MachinesError ABORTED when the signal fires; DECLARATION_INVALID when VITEST_MACHINES_ACCELERATOR is neither
 * `kvm` nor `tcg`; TOOL_MISSING without QEMU
 */
export async function acceleratorVerdict(request: ProbeRequest): Promise<AcceleratorVerdict> {
  const immediate = immediateVerdict(process.env);
  if (immediate !== undefined) return immediate;

  const qemu = requireTool("qemu-system-x86_64", "probing KVM");
  const file = join(cacheFolder(), verdictName(qemu, request));
  const known = read(file);
  if (known !== undefined) return { ...known, cached: true };
  return withLock(
    join(cacheFolder(), "accelerator.lock"),
    async () => {
      const meanwhile = read(file);
      if (meanwhile !== undefined) return { ...meanwhile, cached: true };
      const result = await probeKvm(qemu, request);
      write(file, result);
      return { ...result, cached: false };
    },
    { signal: request.signal },
  );
}

const namePrefix = "accelerator-";

/** A name for everything that the answer depends on: host boot, QEMU, kernel, initramfs and parameters. */
function verdictName(qemu: string, { kernel, initrd, kernelParams = [] }: ProbeRequest): string {
  const files = [qemu, kernel, ...(initrd === undefined ? [] : [initrd])];
  const hash = createHash("sha256").update(JSON.stringify([files.map(fingerprint), kernelParams]));
  return `${namePrefix}${hostBootId()}-${hash.digest("hex").slice(0, 16)}.json`;
}

/** Path, size and time instead of content: this is asked before every boot, and kernels are tens of megabytes. */
function fingerprint(path: string): readonly [string, number, number] {
  const file = realpathSync(path);
  const { size, mtimeMs } = statSync(file);
  return [file, size, mtimeMs];
}

function read(file: string): ProbeResult | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProbeResult;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** By rename, so that nobody reads half an answer; answers of earlier boots go. */
function write(file: string, result: ProbeResult): void {
  writeFileSync(`${file}.new`, JSON.stringify(result));
  renameSync(`${file}.new`, file);
  const stale = readdirSync(cacheFolder()).filter(
    (name) => name.startsWith(namePrefix) && name.endsWith(".json") && !name.startsWith(namePrefix + hostBootId()),
  );
  for (const name of stale) rmSync(join(cacheFolder(), name), { force: true });
}
