import { Deadline } from "@vitest-machines/host";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectSocket } from "../../src/qemu/connect-socket.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "connect-"))));
afterAll(() => rm(folder, { recursive: true }));
const forEver = new Promise<never>(() => undefined);

it("connects to a socket that is made a little later", async () => {
  const path = join(folder, "late");
  const server = createServer();
  setTimeout(() => server.listen(path), 30);
  const socket = await connectSocket(path, Deadline.after(5_000), forEver);
  expect(socket.readyState).toBe("open");
  socket.destroy();
  server.close();
});

it("ends with the process that was to make the socket", async () => {
  const gone = new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error("it has ended")), 20));
  await expect(connectSocket(join(folder, "never"), Deadline.never(), gone)).rejects.toThrow("it has ended");
});

it("ends at the deadline", async () => {
  const path = join(folder, "never");
  await expect(connectSocket(path, Deadline.after(30), forEver)).rejects.toThrow(
    `BOOT_TIMEOUT: nobody listens on ${path}`,
  );
});
