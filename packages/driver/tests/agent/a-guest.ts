import { tiny } from "@vitest-machines/images";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSoon } from "./an-agent.ts";

export interface Guest {
  /** The unix socket behind the agent's port. */
  readonly line: string;
  /** The unix socket behind a second port, named `raw`, that nobody reads in the guest. */
  readonly raw: string;
  readonly qemu: ChildProcess;
  console(): Promise<string>;
  stop(): Promise<void>;
}

/** MACs of its two cards; neither is plugged into anything. */
export const cards: readonly [string, string] = ["52:54:00:12:01:02", "52:54:00:12:02:02"];

/** A real guest with nothing of the driver in between: QEMU, the tiny image, the agent's port. */
export async function bootGuest(): Promise<Guest> {
  const files = await tiny().prepare();
  const folder = await mkdtemp(join(tmpdir(), "guest-"));
  const [line, raw, console] = [join(folder, "line"), join(folder, "raw"), join(folder, "console")];
  const port = (id: string, path: string, name: string): string[] => [
    ...["-chardev", `socket,id=${id},path=${path},server=on,wait=off`],
    ...["-device", `virtserialport,bus=serial.0,chardev=${id},name=${name}`],
  ];
  const card = (mac: string, index: number): string[] => [
    ...["-netdev", `hubport,id=card${index},hubid=${index}`],
    ...["-device", `virtio-net-pci,netdev=card${index},mac=${mac},romfile=`],
  ];
  const qemu = spawn(
    "qemu-system-x86_64",
    [
      ...["-M", "pc", "-accel", "tcg,thread=multi,tb-size=64", "-m", "128", "-display", "none"],
      ...["-nodefaults", "-no-user-config", "-serial", `file:${console}`],
      ...["-kernel", files.kernel, "-append", files.kernelParams.join(" ")],
      ...(files.initrd === undefined ? [] : ["-initrd", files.initrd]),
      ...["-device", "virtio-serial-pci,id=serial"],
      ...port("agent", line, "org.vitest-machines.agent"),
      ...port("raw", raw, "raw"),
      ...cards.flatMap(card),
    ],
    { stdio: "ignore" },
  );
  const exited = new Promise((resolve) => qemu.once("close", resolve));
  // QEMU makes its sockets in the order of its arguments.
  (await openSoon(raw)).destroy();
  return {
    line,
    raw,
    qemu,
    console: () => readFile(console, "utf8"),
    async stop() {
      qemu.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
