import { readdirSync, readFileSync } from "node:fs";

/** Children of this process by the end of the program that they run, or of any argument. */
export function childrenOf(word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return (
          argv.some((argument) => argument.endsWith(word)) &&
          / \(.*\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] === String(process.pid)
        );
      } catch {
        return false; // It has ended meanwhile.
      }
    });
}
