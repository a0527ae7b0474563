import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

interface Command {
  execute: string;
  arguments?: unknown;
  id: number;
}

/**
 * A scripted server that speaks QMP, for what a real QEMU cannot be made to do on demand: answers out of order, garbage,
 * a connection that breaks between question and answer.
 */
export async function fakeQmp(
  script: (command: Command, answer: (message: object | string) => void, socket: Socket) => void,
) {
  const folder = await mkdtemp(join(tmpdir(), "qmp-"));
  const path = join(folder, "qmp");
  const server = createServer((socket) => {
    const answer = (message: object | string): void =>
      void socket.write(`${typeof message === "string" ? message : JSON.stringify(message)}\r\n`);
    answer({ QMP: { version: { qemu: { major: 7, minor: 2, micro: 0 } }, capabilities: [] } });
    createInterface({ input: socket }).on("line", (line) => {
      const command = JSON.parse(line) as Command;
      if (command.execute === "qmp_capabilities") answer({ return: {}, id: command.id });
      else script(command, answer, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const socket = connect(path);
  await new Promise((resolve) => socket.once("connect", resolve));
  return {
    socket,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}
