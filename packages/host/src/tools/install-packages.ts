import { MachinesError } from "../errors/machines-error.ts";
import { findTool } from "./find-tool.ts";

/** Another apt may be at work, unattended upgrades for example: wait for its lock instead of failing at once. */
const aptOptions = ["-q", "-y", "-o", "DPkg::Lock::Timeout=120"];

/**
 * The command prefix that runs apt-get without asking anybody: directly for root, through sudo where it needs no
 * password; undefined where there is no such way or no apt.
 */
export async function aptCommand(uid: number | undefined = process.getuid?.()): Promise<readonly string[] | undefined> {
  const apt = findTool("apt-get");
  if (apt === undefined) return undefined;
  // sudo clears the environment, so the variable travels as an argument.
  const quietApt = ["env", "DEBIAN_FRONTEND=noninteractive", apt];
  if (uid === 0) return quietApt;
  const sudo = findTool("sudo");
  if (sudo === undefined) return undefined;
  const { execa } = await import("execa");
  const { exitCode } = await execa(sudo, ["-n", "true"], { reject: false, stdin: "ignore" });
  return exitCode === 0 ? [sudo, "-n", ...quietApt] : undefined;
}

/**
 * Installs Debian packages and nothing that they merely recommend. The package lists are updated only when it does not
 * work without: on a fresh container there are none, elsewhere they are usually good enough.
 * @param apt from {@link aptCommand}
 * @throws MachinesError PROCESS_FAILED with the end of apt's output
 */
export async function installPackages(apt: readonly string[], packages: readonly string[]): Promise<void> {
  const install = [...aptOptions, "install", "--no-install-recommends", ...packages];
  if ((await run(apt, install)).failed) {
    const updated = await run(apt, [...aptOptions, "update"]);
    if (updated.failed) throw aptFailed("could not update the package lists", updated.all);
    const second = await run(apt, install);
    if (second.failed) throw aptFailed(`could not install ${packages.join(", ")}`, second.all);
  }
}

async function run(apt: readonly string[], argv: readonly string[]): Promise<{ failed: boolean; all: string }> {
  const [program = "apt-get", ...prefix] = apt;
  const { execa } = await import("execa");
  return await execa(program, [...prefix, ...argv], { reject: false, all: true, stdin: "ignore" });
}

function aptFailed(what: string, output: string): MachinesError {
  const tail = output.trimEnd().split("\n").slice(-15).join("\n");
  return new MachinesError("PROCESS_FAILED", `apt-get ${what}.`, {
    evidence: [`apt-get said:\n${tail}`],
    hint: "Check the network and /etc/apt, then run this again.",
  });
}
