import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { MachinesError, requireTool } from "@vitest-machines/host";

const run = promisify(execFile);
/** The list of an archive: a line of a hundred characters for each file. */
const longestOutput = 16 * 1024 ** 2;

/**
 * Runs GNU tar with gzip.
 * @returns what it prints
 * @throws MachinesError LAYER_INVALID with what tar says, TOOL_MISSING
 */
export async function runTar(file: string, argv: readonly string[]): Promise<string> {
  const tar = requireTool("tar", `the layers in ${file}`);
  requireTool("gzip", `the layers in ${file}`);
  try {
    // A colon in a file's name would otherwise mean another host; messages are matched by nobody, and read by people.
    const argvAll = ["--file", file, "--force-local", "--use-compress-program", "gzip --fast", ...argv];
    const { stdout } = await run(tar, argvAll, { maxBuffer: longestOutput, env: { ...process.env, LC_ALL: "C" } });
    return stdout;
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim();
    const summary = `tar could not work on ${file}.`;
    throw new MachinesError("LAYER_INVALID", summary, { evidence: said ? [`tar says:\n${said}`] : [], cause });
  }
}
