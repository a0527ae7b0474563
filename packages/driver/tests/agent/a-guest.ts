import { tiny } from "@vitest-machines/images";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QmpClient } from "../../src/qemu/qmp/client.ts";
import { openSoon } from "./an-agent.ts";

export interface Guest {
  /** The unix socket behind the agent's port. */
  readonly line: string;
  /** The unix socket behind a second port, named `raw`, that nobody reads in the guest. */
  readonly raw: string;
  readonly qemu: ChildProcess;
  readonly qmp: QmpClient;
  console(): Promise<string>;
  stop(): Promise<void>;
}

/** MACs of its two cards; neither is plugged into anything. */
export const cards: readonly [string, string] = ["52:54:00:12:01:02", "52:54:00:12:02:02"];

const memoryMiB = 128;

export interface GuestOptions {
  /** Default: Debian 12. */
  suite?: "bookworm" | "trixie" | undefined;
  /** A file for its memory, instead of anonymous memory. */
  memory?: { file: string; isShared: boolean } | undefined;
  /** Waits for what QMP's `migrate-incoming` tells, instead of booting. */
  isIncoming?: boolean;
  /** More devices, as QEMU's arguments. */
  devices?: readonly string[];
}

/** A real guest with nothing of the driver in between: QEMU, the tiny image, the agent's port. */
export async function bootGuest(options: GuestOptions = {}): Promise<Guest> {
  const files = await tiny(options.suite === undefined ? {} : { suite: options.suite }).prepare();
  const folder = await mkdtemp(join(tmpdir(), "guest-"));
  const [line, raw, console] = [join(folder, "line"), join(folder, "raw"), join(folder, "console")];
  const control = join(folder, "control");
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
      ...["-M", "q35,memory-backend=memory", "-accel", "tcg,thread=multi,tb-size=64", "-m", `${memoryMiB}`],
      ...["-object", memoryBackend(options), "-display", "none"],
      ...["-nodefaults", "-no-user-config", "-serial", `file:${console}`],
      ...["-kernel", files.kernel, "-append", files.kernelParams.join(" ")],
      ...(files.initrd === undefined ? [] : ["-initrd", files.initrd]),
      ...["-device", "virtio-serial-pci,id=serial"],
      ...port("agent", line, "org.vitest-machines.agent"),
      ...port("raw", raw, "raw"),
      ...cards.flatMap(card),
      ...(options.devices ?? []),
      ...(options.isIncoming === true ? ["-incoming", "defer"] : []),
      ...["-qmp", `unix:${control},server=on,wait=off`],
    ],
    { stdio: "ignore" },
  );
  const exited = new Promise((resolve) => qemu.once("close", resolve));
  // QEMU makes its sockets in the order of its arguments.
  const qmp = await QmpClient.open(await openSoon(control));
  return {
    line,
    raw,
    qemu,
    qmp,
    console: () => readFile(console, "utf8"),
    async stop() {
      qmp.close();
      qemu.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function memoryBackend({ memory }: GuestOptions): string {
  const size = `id=memory,size=${memoryMiB}M`;
  if (memory === undefined) return `memory-backend-ram,${size}`;
  return `memory-backend-file,${size},mem-path=${memory.file},share=${memory.isShared ? "on" : "off"}`;
}
