import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { probeKvm } from "../../src/accelerator/probe.ts";
import { processIdentity } from "../../src/processes/identity.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A program in QEMU's place: the probe's own behaviour does not depend on a host where KVM works, or hangs. */
function qemuThat(script: string): { qemu: string; file: (name: string) => string } {
  const folder = temporaryFolder();
  const qemu = join(folder, "qemu");
  writeFileSync(qemu, `#!/bin/sh\ncd "${folder}"\necho $$ >pid\nprintf '%s\\n' "$@" >arguments\n${script}\n`);
  chmodSync(qemu, 0o755);
  return { qemu, file: (name) => readFileSync(join(folder, name), "utf8") };
}

const hang = "exec sleep 1000";

test("a kernel that reaches user space proves KVM, and the probe's QEMU is gone", async () => {
  const { qemu, file } = qemuThat(`echo "[    0.2] Run /init as init process"; ${hang}`);
  const result = await probeKvm(qemu, { kernel: "/k" });
  expect(result).toEqual({ accelerator: "kvm", reason: expect.stringMatching(/^KVM booted a kernel in \d\.\d s\.$/) });
  expect(processIdentity(Number(file("pid")))).toBeUndefined();
});

test("a kernel without an initramfs proves it by missing its root file system", async () => {
  const { qemu } = qemuThat(`echo "Kernel panic - not syncing: VFS: Unable to mount root fs"; ${hang}`);
  expect(await probeKvm(qemu, { kernel: "/k" })).toMatchObject({ accelerator: "kvm" });
});

test("a kernel that hangs is emulation, and the reason quotes its last words without control sequences", async () => {
  const { qemu, file } = qemuThat(
    `printf 'SeaBIOS\\r\\n\\033[2J\\033[1;1HProbing EDD (edd=off to disable)... ok\\r\\n'; ${hang}`,
  );
  expect(await probeKvm(qemu, { kernel: "/k" }, 300)).toEqual({
    accelerator: "tcg",
    reason:
      "/dev/kvm opens, but a kernel did not boot with it within 0.3 s " +
      '(the last thing it printed was "Probing EDD (edd=off to disable)... ok").',
  });
  expect(processIdentity(Number(file("pid")))).toBeUndefined();
});

test("a QEMU that gives up is emulation, and the reason quotes it", async () => {
  const { qemu } = qemuThat(`echo "error: failed to set MSR 0x10a to 0x2a" >&2; exit 134`);
  expect(await probeKvm(qemu, { kernel: "/k" })).toEqual({
    accelerator: "tcg",
    reason: '/dev/kvm opens, but QEMU ended when it used it, saying "error: failed to set MSR 0x10a to 0x2a".',
  });
});

test("boots what it is given, and undoes `quiet`, which would hide the sign of life", async () => {
  const { qemu, file } = qemuThat("exit 1");
  await probeKvm(qemu, { kernel: "/k", initrd: "/i", kernelParams: ["quiet", "audit=0"] });
  const given = file("arguments").split("\n");
  expect(given[given.indexOf("-kernel") + 1]).toBe("/k");
  expect(given[given.indexOf("-initrd") + 1]).toBe("/i");
  expect(given[given.indexOf("-append") + 1]).toBe("quiet audit=0 console=ttyS0 loglevel=7 panic=-1");
});

test("can be aborted, and its QEMU is gone", async () => {
  const { qemu, file } = qemuThat(hang);
  const abort = new AbortController();
  const probing = probeKvm(qemu, { kernel: "/k", signal: abort.signal });
  await eventually(() => isWritten(() => file("arguments")), "QEMU runs");
  abort.abort();
  await expect(probing).rejects.toMatchObject({ code: "ABORTED" });
  expect(processIdentity(Number(file("pid")))).toBeUndefined();
});

function isWritten(read: () => string): boolean {
  try {
    return read() !== "";
  } catch {
    return false;
  }
}
