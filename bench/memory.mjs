// What processes take of the host's memory, from /proc. All in MiB.
import { readFileSync } from "node:fs";

const kibibytes = (text, key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);

/** QEMUs among this process's own children. */
export function qemuPids() {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim();
  return children
    .split(" ")
    .filter((pid) => pid !== "" && nameOf(pid).startsWith("qemu-system"))
    .map(Number);
}

function nameOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8");
  } catch {
    return ""; // It has ended.
  }
}

/**
 * - `dirty`: pages of its own that exist nowhere else
 * - `clean`: pages of files that only it has mapped, which the host drops when it needs the room
 * - `share`: its part of what several processes map
 */
export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const [dirty, clean, pss] = ["Private_Dirty", "Private_Clean", "Pss"].map((key) => kibibytes(text, key) / 1024);
  return { dirty, clean, share: pss - dirty - clean };
}

/** The most that processes have taken together, if each was at its peak at the same moment. */
export function peakMiB(pids) {
  return pids.reduce((sum, pid) => {
    const { dirty, clean, share } = memoryOf(pid);
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + dirty + clean + share + (kibibytes(status, "VmHWM") - kibibytes(status, "VmRSS")) / 1024;
  }, 0);
}
