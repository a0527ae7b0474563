// A gate between a guest's card and the network that QEMU emulates: `node main.js NEAR FAR CONTROL`, three paths for unix
// sockets. QEMU connects its card to the first and its network to the second; who connects to the third writes a policy, as
// a line of JSON, and reads "ok" when it holds and QEMU is there. It ends when QEMU does.
import { EventEmitter, once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { FrameReader, joinFrames } from "../../stream-frames.ts";
import { inward } from "./inward.ts";
import { outward } from "./outward.ts";
import { shut, type GatePolicy } from "./policy.ts";

const [near = "", far = "", control = ""] = process.argv.slice(2);
let policy = shut;
const ends: { card?: Socket; network?: Socket } = {};
const arrivals = new EventEmitter();

function passOutward(frames: readonly Buffer[]): void {
  const [on, answers]: [Buffer[], Buffer[]] = [[], []];
  for (const frame of frames) {
    const passage = outward(frame, policy);
    if (passage === undefined) continue;
    if ("on" in passage) on.push(passage.on);
    else answers.push(passage.answer);
  }
  send(on, ends.card, ends.network);
  send(answers, ends.network, ends.card);
}

function passInward(frames: readonly Buffer[]): void {
  send(
    frames.map((frame) => inward(frame, policy)),
    ends.network,
    ends.card,
  );
}

/** Reads no more from where frames come from while they cannot go where they are to. */
function send(frames: readonly Buffer[], from: Socket | undefined, to: Socket | undefined): void {
  if (frames.length === 0 || !to || to.write(joinFrames(frames))) return;
  from?.pause();
  to.once("drain", () => from?.resume());
}

function listen(path: string, onConnection: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    createServer(onConnection).once("error", reject).listen(path, resolve);
  });
}

function connectEnd(end: keyof typeof ends, pass: (frames: readonly Buffer[]) => void): (socket: Socket) => void {
  return (socket) => {
    ends[end] = socket;
    arrivals.emit("end");
    const reader = new FrameReader();
    socket.on("data", (chunk: Buffer) => pass(reader.read(chunk)));
    // QEMU has ended, and with it what this gate is for.
    socket.on("error", () => process.exit(0));
    socket.on("close", () => process.exit(0));
  };
}

async function complete(): Promise<void> {
  while (!ends.card || !ends.network) await once(arrivals, "end");
}

await listen(near, connectEnd("card", passOutward));
await listen(far, connectEnd("network", passInward));
await listen(control, (socket) => {
  // Whoever told it something and went away has no use for the answer.
  socket.on("error", () => undefined);
  createInterface({ input: socket }).on("line", (line) => {
    policy = JSON.parse(line) as GatePolicy;
    void complete().then(() => socket.write("ok\n"));
  });
});
