import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findTool } from "@vitest-machines/host";
import { parseDeb822Sources, parseSourcesList, type SourceEntry } from "./source-entry.ts";

/** Every archive that the host's apt knows, in apt's own order; empty on hosts without apt. */
export function readHostSources(folder = "/etc/apt"): SourceEntry[] {
  const parts = listFolder(join(folder, "sources.list.d"));
  return [
    ...parseSourcesList(readText(join(folder, "sources.list"))),
    ...parts.flatMap((name) => {
      const text = (): string => readText(join(folder, "sources.list.d", name));
      if (name.endsWith(".list")) return parseSourcesList(text());
      return name.endsWith(".sources") ? parseDeb822Sources(text()) : [];
    }),
  ];
}

/**
 * How the host's apt reaches its mirrors (proxies, certificates), as configuration lines: mmdebstrap does not read the
 * host's apt configuration by itself.
 */
export async function readHostTransport(): Promise<string[]> {
  const aptConfig = findTool("apt-config");
  if (aptConfig === undefined) return [];
  // It takes long to load, and is only needed for building images.
  const { execa } = await import("execa");
  const { stdout } = await execa(aptConfig, ["dump", "--no-empty", "Acquire::http", "Acquire::https"], {
    stdin: "ignore",
  });
  return stdout.split("\n").filter((line) => /^Acquire::https?::.*;$/.test(line));
}

function listFolder(folder: string): string[] {
  return unlessAbsent(() => readdirSync(folder).sort(), []);
}

function readText(file: string): string {
  return unlessAbsent(() => readFileSync(file, "utf8"), "");
}

function unlessAbsent<T>(read: () => T, absent: T): T {
  try {
    return read();
  } catch (error) {
    // An unreadable file is for administrators only: what it names is not for this user either.
    if (["ENOENT", "ENOTDIR", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return absent;
    throw error;
  }
}
