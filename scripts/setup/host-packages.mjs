import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { buildPrograms, programs, testPrograms } from "./packages.mjs";
import { attempt, say } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";

/** Installs the packages of missing programs, where that takes no password; elsewhere it fails with the command. */
export function provideHostPackages() {
  const wanted = { ...programs, ...buildPrograms, ...testPrograms };
  const missing = Object.keys(wanted).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const packagesOf = (distribution) => [...new Set(missing.map((name) => wanted[name][distribution]))].sort();
  const apt = aptCommand();
  if (apt === undefined) throw new SetupError(advice(missing, packagesOf));
  install(apt, packagesOf("debian"));
}

function isInstalled(name) {
  if (name.startsWith("/")) return existsSync(name);
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"].filter(Boolean);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** How to run apt-get without asking anybody, undefined where there is no way. */
function aptCommand() {
  if (!isInstalled("apt-get")) return undefined;
  // sudo clears the environment, so the variable travels as an argument.
  const apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120"];
  if (process.getuid() === 0) return apt;
  return attempt("sudo", ["-n", "true"]).ok ? ["sudo", "-n", ...apt] : undefined;
}

/** Updates the package lists only when it does not work without: a fresh container has none. */
function install([program, ...prefix], packages) {
  say(`installing ${packages.join(" ")}`);
  const argv = [...prefix, "install", "--no-install-recommends", ...packages];
  if (attempt(program, argv).ok) return;
  say("updating the package lists");
  const updated = attempt(program, [...prefix, "update"]);
  if (!updated.ok) throw new SetupError(`apt-get update failed:\n${updated.output}`);
  const second = attempt(program, argv);
  if (!second.ok) throw new SetupError(`apt-get install failed:\n${second.output}`);
}

/** What somebody who may not install packages should tell somebody who may. */
export function advice(missing, packagesOf) {
  return [
    `this host lacks ${missing.join(", ")}, and you may not install packages. Run this, then come back:`,
    `  Debian/Ubuntu: sudo apt install --no-install-recommends ${packagesOf("debian").join(" ")}`,
    `  Fedora:        sudo dnf install ${packagesOf("fedora").join(" ")}`,
    `  Arch:          sudo pacman -S ${packagesOf("arch").join(" ")}`,
    `  Nix:           nix-shell -p ${packagesOf("nix").join(" ")}`,
  ].join("\n");
}
