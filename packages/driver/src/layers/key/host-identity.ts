import { cacheFolder, digestOf, sha256OfFile } from "@vitest-machines/host";
import { readFileSync, statSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Accelerator } from "../../qemu/accelerator.ts";

interface Stamped {
  readonly stamp: string;
  readonly sha256: string;
}

/**
 * Digest of QEMU's program: another build may lay out a machine's state differently. Kept between runs, because hashing
 * it takes longer than forking a machine; a write to the file moves its ctime, which no program can set.
 */
export async function qemuIdentity(program: string): Promise<string> {
  const { dev, ino, size, ctimeNs } = statSync(program, { bigint: true });
  const stamp = [program, dev, ino, size, ctimeNs].join(":");
  const file = join(cacheFolder(), "qemu-identity.json");
  const known = await readStamped(file);
  if (known?.stamp === stamp) return known.sha256;
  const sha256 = await sha256OfFile(program);
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, JSON.stringify({ stamp, sha256 } satisfies Stamped), { mode: 0o600 });
  await rename(fresh, file);
  return sha256;
}

/** What guests can see of the host's processor: all of it with KVM, nothing without. */
export function processorIdentity(accelerator: Accelerator): string | undefined {
  if (accelerator !== "kvm") return undefined;
  const fields = ["vendor_id", "cpu family", "model", "model name", "stepping", "flags", "CPU part", "Features"];
  const lines = readFileSync("/proc/cpuinfo", "utf8").split("\n\n", 1)[0]?.split("\n") ?? [];
  const values = lines.map((line) => line.split(":").map((part) => part.trim()));
  const known = values.flatMap(([name, value]) => (name && value && fields.includes(name) ? [[name, value]] : []));
  const facts = Object.fromEntries(known) as Record<string, string>;
  return `${facts["model name"] ?? "unknown"} ${digestOf(facts).slice(0, 12)}`;
}

async function readStamped(file: string): Promise<Stamped | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Stamped;
  } catch (error) {
    // Absent, or half written before a power loss: it is made anew.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
