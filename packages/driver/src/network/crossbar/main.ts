/**
 * A program of its own: joins VLANs of a switch, some pairs of them in one direction, some not at all, which no switch can say.
 * Arguments: the program `vde_plug`, and JSON with the plugs and who may be heard by whom. It ends when any of its plugs does.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { Forwarding, FrameReader, type Passes } from "./forwarding.ts";

/** What a slow reader may leave unread: beyond it frames are dropped, as a switch would. */
const mostUnread = 1024 * 1024;

const [, , program = "", order = ""] = process.argv;
const { plugs, passes } = JSON.parse(order) as { plugs: readonly string[]; passes: Passes };
const forwarding = new Forwarding(passes);

type Plug = ChildProcessByStdio<Writable, Readable, null>;
const children: Plug[] = plugs.map((plug) => spawn(program, [plug], { stdio: ["pipe", "pipe", "inherit"] }));
children.forEach((child, from) => {
  const reader = new FrameReader();
  child.stdin.on("error", () => undefined);
  child.on("exit", () => process.exit(1));
  child.on("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.stdout.on("data", (chunk: Buffer) => {
    for (const frame of reader.read(chunk)) {
      for (const to of forwarding.targets(from, frame)) {
        const target = children[to]?.stdin;
        if (target && target.writableLength < mostUnread) target.write(frame);
      }
    }
  });
});
// Whoever has started it is gone.
process.stdin.on("end", () => process.exit(0)).resume();
