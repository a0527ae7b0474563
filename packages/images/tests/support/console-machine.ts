import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { requireTool } from "@vitest-machines/host";
import type { BootFiles } from "../../src/image.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A machine on bare QEMU, driven through its serial console. */
export interface ConsoleMachine {
  /** Runs a command in the console's root shell and returns what it printed. */
  run(command: string): Promise<string>;
  /** Types something and does not wait. */
  type(text: string): void;
  /** Sends a QMP command. */
  qmp(command: string): void;
  /** What QEMU ended with, and everything that the console showed. */
  ended(): Promise<{ exitCode: number | null; console: string }>;
}

export async function bootOnConsole(files: BootFiles, machineType: string, memoryMiB: number): Promise<ConsoleMachine> {
  const folder = temporaryFolder();
  const argv = [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-action", "reboot=shutdown"],
    ...["-machine", machineType, "-accel", "tcg,thread=multi,tb-size=64", "-m", `${memoryMiB}M`],
    ...["-kernel", files.kernel, "-initrd", files.initrd ?? "", "-append", files.kernelParams.join(" ")],
    ...["-serial", `unix:${folder}/console,server=on,wait=off`, "-qmp", `unix:${folder}/qmp,server=on,wait=off`],
    ...["-device", "virtio-serial-pci", "-device", "virtio-rng-pci", "-netdev", "user,id=net,restrict=on"],
    ...["-device", "virtio-net-pci,netdev=net,romfile="],
    ...["-chardev", "null,id=agent", "-device", "virtserialport,chardev=agent,name=org.vitest-machines.agent"],
  ];
  const child = spawn(requireTool("qemu-system-x86_64", "this test"), argv, {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const terminal = await open(join(folder, "console"), child);
  const monitor = await open(join(folder, "qmp"), child);
  monitor.resume().write('{"execute":"qmp_capabilities"}\n');
  let seen = "";
  terminal.setEncoding("utf8").on("data", (text: string) => (seen += text));
  let commands = 0;
  const run = async (command: string): Promise<string> => {
    const id = ++commands;
    // The terminal echoes what is typed: only the shell turns $((…)) into the number that is waited for.
    terminal.write(`echo "<$((${id}))<"; ${command}; echo ">$((${id}))>"\n`);
    const pattern = new RegExp(`<${id}<\r\n([^]*)>${id}>\r\n`);
    for (;;) {
      const found = pattern.exec(seen);
      if (found?.[1] !== undefined) return found[1].replaceAll("\r\n", "\n");
      if (child.exitCode !== null) throw new Error(`QEMU ended with ${child.exitCode}; the console said:\n${seen}`);
      await sleep(5);
    }
  };
  // Enter starts the shell, and is lost while the console does not read yet.
  while (!seen.includes("# ")) {
    terminal.write("\n");
    await sleep(100);
  }
  return {
    run,
    type: (text) => terminal.write(text),
    qmp: (command) => monitor.write(`${command}\n`),
    ended: async () => {
      const [exitCode] = (await exited) as [number | null];
      return { exitCode, console: seen };
    },
  };
}

async function open(path: string, child: ChildProcess): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      return socket.on("error", () => undefined);
    } catch (error) {
      if (child.exitCode !== null) throw error;
      await sleep(5);
    }
  }
}
