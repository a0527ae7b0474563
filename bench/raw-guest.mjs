// The tiny guest on raw QEMU: a command line and a socket, nothing of the driver in between. The baseline of benches.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deadline, connectAgent } from "@vitest-machines/driver";
import { tiny } from "@vitest-machines/images";

/**
 * @param {{ shellPort?: boolean, memory?: string, vde?: { folder: string, mac: string } }} options
 * @returns {Promise<{ session: import("@vitest-machines/driver").AgentSession, shell: string, stop(): Promise<void> }>}
 */
export async function rawGuest(options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "vmb-"));
  const qemu = startRawQemu(await tiny().prepare(), folder, options);
  const stop = async () => {
    await qemu.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { session: await greet(folder), shell: join(folder, "shell"), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {{ shellPort?: boolean, memory?: string, machine?: string, vde?: { folder: string, mac: string }, more?: string[] }} options */
export function startRawQemu(
  { kernel, initrd, kernelParams },
  folder,
  { shellPort = false, memory = "128M", machine = "q35", vde, more = [], translations = "32" } = {},
) {
  const child = spawn(
    "qemu-system-x86_64",
    [
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-no-reboot",
      "-machine",
      machine,
      "-m",
      memory,
      "-accel",
      `tcg,thread=multi,tb-size=${translations}`,
      "-kernel",
      kernel,
      "-initrd",
      initrd,
      "-append",
      kernelParams.join(" "),
      "-serial",
      `file:${folder}/serial`,
      "-device",
      "virtio-serial-pci",
      "-chardev",
      `socket,id=agent,path=${folder}/agent,server=on,wait=off`,
      "-device",
      "virtserialport,chardev=agent,name=org.vitest-machines.agent",
      ...(shellPort
        ? [
            "-chardev",
            `socket,id=shell,path=${folder}/shell,server=on,wait=off`,
            "-device",
            "virtserialport,chardev=shell,name=shell",
          ]
        : []),
      ...(vde
        ? ["-netdev", `vde,id=net,sock=${vde.folder}`, "-device", `virtio-net-pci,netdev=net,mac=${vde.mac},romfile=`]
        : []),
      ...more,
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  return { pid: child.pid, exited, kill };
}

/** The agent of a raw guest that boots or was restored in `folder`. */
export async function greet(folder) {
  await listening(join(folder, "agent"));
  return connectAgent(join(folder, "agent"), { deadline: Deadline.after(60_000) });
}

/** Runs a command through the agent alone and returns what it wrote. */
export async function runRaw(session, argv) {
  const command = session.exec({ argv });
  command.stdin.end();
  command.stderr.resume();
  let output = "";
  for await (const chunk of command.stdout) output += chunk;
  const { exitCode } = await command.exit;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: exit code ${exitCode}`);
  return output;
}

/** QEMU binds its sockets before it listens on them, so only a connection tells. */
export async function listening(path) {
  for (;;) {
    const socket = connect(path);
    const connected = await new Promise((resolve) =>
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
    );
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
