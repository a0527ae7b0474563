/**
 * A program of its own: the DHCP server of a network. Arguments: the program `vde_plug`, where to plug in, and JSON with what it
 * goes by. It prints what it is asked and what it says, a line each, and ends when its plug does.
 */
import { spawn } from "node:child_process";
import type { DhcpPlan } from "../../topology/networks/dhcp/plan.ts";
import { FrameReader, lengthBytes } from "../crossbar/forwarding.ts";
import { DhcpServer } from "./server.ts";

const [, , program = "", plug = "", order = ""] = process.argv;
const server = new DhcpServer(JSON.parse(order) as DhcpPlan);
const reader = new FrameReader();
const child = spawn(program, [plug], { stdio: ["pipe", "pipe", "inherit"] });
child.stdin.on("error", () => undefined);
child.on("exit", () => process.exit(1));
child.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
child.stdout.on("data", (chunk: Buffer) => {
  for (const frame of reader.read(chunk)) {
    const { answer, words } = server.receive(frame.subarray(lengthBytes));
    if (words !== undefined) console.log(words);
    if (!answer) continue;
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt16BE(answer.length);
    child.stdin.write(Buffer.concat([length, answer]));
  }
});
// Whoever has started it is gone.
process.stdin.on("end", () => process.exit(0)).resume();
