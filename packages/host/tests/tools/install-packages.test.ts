import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { aptCommand, installPackages } from "../../src/tools/install-packages.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A program that notes how it was called before it runs `script`. */
function program(folder: string, name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "$*" >>"${folder}/calls"\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const calls = (folder: string): string[] => readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");

test("installs without recommended packages, and updates no lists when that works", async () => {
  const folder = temporaryFolder();
  await installPackages([program(folder, "apt-get", "exit 0")], ["vde2", "qemu-utils"]);
  expect(calls(folder)).toEqual(["-q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends vde2 qemu-utils"]);
});

test("updates the lists when they are missing or out of date, and tries again", async () => {
  const folder = temporaryFolder();
  const apt = program(
    folder,
    "apt-get",
    `case "$*" in *update) touch "${folder}/lists";; *) test -e "${folder}/lists";; esac`,
  );
  await installPackages([apt], ["vde2"]);
  expect(calls(folder).map((line) => line.replace(/^.*120 /, ""))).toEqual([
    "install --no-install-recommends vde2",
    "update",
    "install --no-install-recommends vde2",
  ]);
});

test("shows apt's last words when it does not work either way", async () => {
  const apt = program(
    temporaryFolder(),
    "apt-get",
    'case "$*" in *update) ;; *) echo "E: no such package"; exit 100;; esac',
  );
  await expect(installPackages([apt], ["nonsense"])).rejects.toMatchObject({
    code: "PROCESS_FAILED",
    summary: "apt-get could not install nonsense.",
    evidence: ["apt-get said:\nE: no such package"],
  });
});

test("root calls apt-get itself; others only with a sudo that asks for no password", async () => {
  const folder = temporaryFolder();
  const apt = program(folder, "apt-get", "exit 0");
  vi.stubEnv("PATH", folder);
  expect(await aptCommand(0)).toEqual(["env", "DEBIAN_FRONTEND=noninteractive", apt]);
  const refusing = program(folder, "sudo", "exit 1");
  expect(await aptCommand(1000)).toBeUndefined();
  program(folder, "sudo", "exit 0");
  expect(await aptCommand(1000)).toEqual([refusing, "-n", "env", "DEBIAN_FRONTEND=noninteractive", apt]);
});

test("there is no way without apt-get", async () => {
  vi.stubEnv("PATH", "/nowhere");
  expect(await aptCommand(0)).toBeUndefined();
});
