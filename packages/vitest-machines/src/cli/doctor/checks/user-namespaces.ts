import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { findTool } from "@vitest-machines/host";
import type { Finding } from "../finding.ts";

const identity = { id: "user-namespaces", title: "user namespaces" };

/** Switches that distributions have for them, and the setting that allows them. */
const switches = [
  { file: "/proc/sys/user/max_user_namespaces", forbids: "0", fix: "sudo sysctl user.max_user_namespaces=15000" },
  {
    file: "/proc/sys/kernel/unprivileged_userns_clone",
    forbids: "0",
    fix: "sudo sysctl kernel.unprivileged_userns_clone=1",
  },
  {
    file: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    forbids: "1",
    fix: "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
  },
] as const;

/** Whether an ordinary user can be root in a namespace of their own. Tried out, because no single setting tells. */
export async function checkUserNamespaces(): Promise<Finding> {
  const unshare = findTool("unshare");
  const works = unshare !== undefined && (await succeeds(unshare, ["--user", "--map-root-user", "true"]));
  if (works) return { ...identity, status: "ok", detail: "usable", facts: { usable: true } };
  const blocking = switches.filter(({ file, forbids }) => setting(file) === forbids);
  return {
    ...identity,
    status: "warn",
    detail: "not usable. The tiny image does not need them; building Debian images without root does",
    fix: blocking.map(({ fix }) => fix).join("\n") || "A container must be allowed to create them (seccomp profile).",
    facts: { usable: false },
  };
}

async function succeeds(program: string, argv: readonly string[]): Promise<boolean> {
  const child = spawn(program, argv, { stdio: "ignore" });
  const [exitCode] = (await once(child, "exit")) as [number | null];
  return exitCode === 0;
}

function setting(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    // Not every kernel has every switch; one that is not there forbids nothing.
    return undefined;
  }
}
