import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** The files below a folder that processes have open, as far as this user may know. */
export function openFilesBelow(folder: string, proc = "/proc"): string[] {
  const found = new Set<string>();
  for (const pid of readdirSync(proc).filter((name) => /^\d+$/.test(name))) {
    const fds = join(proc, pid, "fd");
    for (const fd of unlessGone(() => readdirSync(fds)) ?? []) {
      const target = unlessGone(() => readlinkSync(join(fds, fd)));
      if (target?.startsWith(`${folder}/`) === true) found.add(target);
    }
  }
  return [...found];
}

/** Processes end, and others' are nobody's business. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (["ENOENT", "EACCES", "EPERM", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
