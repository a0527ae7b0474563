// The mirror of a network: `node main.js SENT SEEN`, two paths for unix sockets. What the machines that connect to the first
// send is shown to all that have connected to the second. It runs as long as the network's switch.
import { createServer, type Socket } from "node:net";
import { FrameReader, joinFrames } from "../../qemu/stream-frames.ts";
import { Viewers } from "./viewers.ts";

const [sent = "", seen = ""] = process.argv.slice(2);
const viewers = new Viewers();

function listen(path: string, onConnection: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    createServer(onConnection).once("error", reject).listen(path, resolve);
  });
}

await listen(seen, (viewer) => {
  viewers.add(viewer);
  // Its machine is gone, or was replaced.
  viewer.on("error", () => undefined);
  viewer.on("close", () => viewers.remove(viewer));
  // What it sends reaches nobody.
  viewer.resume();
});
await listen(sent, (sender) => {
  const reader = new FrameReader();
  sender.on("error", () => undefined);
  sender.on("data", (chunk: Buffer) => {
    const frames = reader.read(chunk);
    if (frames.length > 0) viewers.show(joinFrames(frames));
  });
});
