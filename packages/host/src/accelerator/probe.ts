import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { Deadline } from "../deadline/deadline.ts";
import { requireTool } from "../tools/require-tool.ts";
import type { Accelerator } from "./verdict.ts";

/** A kernel to try, as a machine would boot it. */
export interface ProbeRequest {
  /** ELF kernel with a PVH note, or a bzImage. */
  kernel: string;
  initrd?: string | undefined;
  kernelParams?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

export interface ProbeResult {
  readonly accelerator: Accelerator;
  readonly reason: string;
}

/** Emulation needs 1 to 2 s to the same point; real virtualisation that needs longer than this does not work. */
const probeDeadlineMs = 4_000;

/** The kernel has come all the way to user space, or to where it misses one (there was no initrd). */
const signOfLife = /Run \S+ as init process|Kernel panic - not syncing: (VFS|No working init)/;

/**
 * Boots a kernel with KVM under a deadline. Nothing less proves anything: where the host is itself a guest of a
 * para-virtual hypervisor, /dev/kvm opens, makes virtual machines and vCPUs, runs the firmware, and then hangs every
 * stock kernel.
 * @param qemu absolute path of QEMU
 * @throws MachinesError ABORTED when the signal fires
 */
export async function probeKvm(
  qemu: string,
  request: ProbeRequest,
  deadlineMs: number = probeDeadlineMs,
): Promise<ProbeResult> {
  const setpriv = requireTool("setpriv", "probing KVM");
  const child = spawn(setpriv, ["--pdeathsig", "KILL", "--", qemu, ...probeArguments(request)], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const read = (text: string): unknown => (output += text);
  const startedAt = performance.now();
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => resolve(void read(error.message)));
  });
  const outcome = new Promise<ProbeResult>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", read);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      read(text);
      if (signOfLife.test(output)) resolve(works(performance.now() - startedAt));
    });
    void ended.then(() => resolve(quit(output)));
  });
  try {
    return await Deadline.after(deadlineMs, request.signal).race(outcome, () => new Late());
  } catch (error) {
    if (error instanceof Late) return hangs(output, deadlineMs);
    throw error;
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

class Late extends Error {}

function probeArguments({ kernel, initrd, kernelParams = [] }: ProbeRequest): string[] {
  // `quiet` among the image's parameters would hide the sign of life; the last word on the log level counts.
  const params = [...kernelParams, "console=ttyS0", "loglevel=7", "panic=-1"];
  return [
    ...["-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults", "-no-user-config", "-no-reboot"],
    ...["-display", "none", "-serial", "stdio", "-kernel", kernel],
    ...(initrd === undefined ? [] : ["-initrd", initrd]),
    ...["-append", params.join(" ")],
  ];
}

function works(milliseconds: number): ProbeResult {
  return { accelerator: "kvm", reason: `KVM booted a kernel in ${(milliseconds / 1000).toFixed(1)} s.` };
}

function hangs(output: string, deadlineMs: number): ProbeResult {
  const last = lastLine(output);
  const seen = last === undefined ? "it printed nothing" : `the last thing it printed was "${last}"`;
  return {
    accelerator: "tcg",
    reason: `/dev/kvm opens, but a kernel did not boot with it within ${deadlineMs / 1000} s (${seen}).`,
  };
}

function quit(output: string): ProbeResult {
  const last = lastLine(output);
  const said = last === undefined ? "without a message" : `saying "${last}"`;
  return { accelerator: "tcg", reason: `/dev/kvm opens, but QEMU ended when it used it, ${said}.` };
}

function lastLine(output: string): string | undefined {
  return output
    .split(/[\r\n]+/)
    .map((line) => printable(line))
    .findLast((line) => line !== "")
    ?.slice(0, 160);
}

/** The firmware positions its cursor with escape sequences. */
function printable(line: string): string {
  return Array.from(stripVTControlCharacters(line))
    .filter((character) => character >= " ")
    .join("")
    .trim();
}
