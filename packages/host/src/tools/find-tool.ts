import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Administrators' folders are missing in the PATH of ordinary users on Debian, yet hold some of the tools. */
const alsoSearched = ["/usr/sbin", "/sbin"];

/**
 * The absolute path of a program, from PATH, /usr/sbin and /sbin, or undefined.
 * Relative PATH entries are skipped: what they mean changes with the working folder.
 */
export function findTool(name: string, path: string = process.env["PATH"] ?? ""): string | undefined {
  return [...path.split(delimiter), ...alsoSearched]
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
