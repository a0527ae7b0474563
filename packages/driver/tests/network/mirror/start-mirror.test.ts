import { Deadline, LocalProcessHost, type HostedProcess, type Lease } from "@vitest-machines/host";
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { recording } from "../../../src/layers/pool/recording.ts";
import { startMirror } from "../../../src/network/mirror/start-mirror.ts";
import { mirrorSockets } from "../../../src/qemu/mirror-sockets.ts";
import { FrameReader, joinFrames } from "../../../src/qemu/stream-frames.ts";

let lease: Lease;
beforeAll(async () => void (lease = await new LocalProcessHost().lease({ name: "mirror", memoryMiB: 1, vcpus: 0 })));
afterAll(() => lease.release());

const open = async (path: string): Promise<Socket> => {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
};
const frame = (text: string): Buffer => joinFrames([Buffer.from(text)]);

it("shows what several send, frame by frame, to several, and takes nothing from them; its end is told", async () => {
  const folder = join(lease.folder, "v7");
  const { lease: recorded, processes } = recording(lease, {});
  const { ended } = await startMirror(recorded, 7, folder, Deadline.after(20_000));
  const { sent, seen } = mirrorSockets(folder);
  const [first, second, watcher, other] = await Promise.all([open(sent), open(sent), open(seen), open(seen)]);
  const got = new Map([watcher, other].map((viewer) => [viewer, [] as string[]]));
  for (const [viewer, texts] of got) {
    const reader = new FrameReader();
    viewer.on("data", (chunk: Buffer) => texts.push(...reader.read(chunk).map(String)));
  }
  // In the middle of a frame of the one, the other sends.
  const half = frame("first").subarray(0, 6);
  first.write(half);
  second.write(frame("second"));
  await expect.poll(() => got.get(watcher)).toEqual(["second"]);
  first.write(frame("first").subarray(6));
  watcher.write(frame("never"));
  await expect.poll(() => got.get(other)).toEqual(["second", "first"]);
  await expect.poll(() => got.get(watcher)).toEqual(["second", "first"]);

  // Whoever comes again is served again.
  for (const socket of [first, second, watcher]) socket.destroy();
  const again = await open(sent);
  again.write(frame("again"));
  await expect.poll(() => got.get(other)).toEqual(["second", "first", "again"]);

  await ([...processes.values()][0] as HostedProcess).kill("SIGKILL");
  expect(await ended).toMatchObject({
    code: "SWITCH_FAILED",
    summary: "The mirror of VLAN 7 was killed by SIGKILL; its mirror ports show nothing now.",
  });
  for (const socket of [again, other]) socket.destroy();
});
