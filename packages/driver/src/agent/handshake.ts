import { MachinesError, type Deadline } from "@vitest-machines/host";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { agentLost } from "./errors.ts";
import { encodeFields, Fields } from "./protocol/fields.ts";
import { encodeFrame, frameType, headerSize, maxPayload, protocolVersion, type Frame } from "./protocol/frame.ts";
import type { FrameParser } from "./protocol/parser.ts";
import type { GuestInfo } from "./session.ts";
import { incomingWindow } from "./streams/incoming.ts";

export interface Welcome {
  guest: GuestInfo;
  /** Bytes that we may send on a stream before the guest credits them back. */
  window: number;
  /** Frames that arrived right behind it. */
  rest: Frame[];
}

const repeatMs = 100;
/** Completes any frame of which a former host sent only the beginning, so that the agent gives it up. */
const flush = Buffer.alloc(headerSize + maxPayload);
/** The zeros wait in QEMU while a guest boots, so they are sent once; again only in case a restore has lost them. */
const flushEvery = 20;

/**
 * Says HELLO until the agent answers to it; whatever else arrives belongs to an earlier conversation.
 * @throws AGENT_LOST when the line closes; AGENT_REFUSED for an agent of another protocol
 */
export async function shakeHands(socket: Socket, parser: FrameParser, deadline: Deadline): Promise<Welcome> {
  const nonce = randomBytes(16).toString("hex");
  const hello = encodeFrame(
    frameType.hello,
    0,
    0,
    encodeFields([
      ["version", protocolVersion],
      ["nonce", nonce],
      ["credit", incomingWindow],
    ]),
  );
  let attempts = 0;
  const greet = (): void => {
    if (attempts++ % flushEvery === 1) socket.write(flush);
    socket.write(hello);
  };
  const timer = setInterval(greet, repeatMs);
  let listening: (() => void) | undefined;
  const answer = new Promise<Welcome>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      const frames = parser.push(chunk);
      for (const frame of frames) {
        if (frame.type !== frameType.welcome) continue;
        const fields = new Fields(frame.payload);
        if (fields.text("nonce") !== nonce) continue;
        socket.pause();
        return resolve({ guest: readGuest(fields), window: fields.number("window") ?? 0, rest: [...frames] });
      }
    };
    const onClose = (): void => reject(agentLost("the machine closed the line before the agent answered"));
    socket.on("data", onData);
    socket.on("close", onClose);
    listening = () => socket.off("data", onData).off("close", onClose);
  });
  greet();
  try {
    return checkVersion(await deadline.race(answer, () => noAnswer(attempts, socket, deadline)));
  } finally {
    clearInterval(timer);
    listening?.();
  }
}

function readGuest(fields: Fields): GuestInfo {
  return {
    protocol: fields.number("protocol") ?? 0,
    agentVersion: fields.text("agent") ?? "",
    bootId: fields.text("boot") ?? "",
    kernelRelease: fields.text("kernel") ?? "",
    architecture: fields.text("architecture") ?? "",
  };
}

function checkVersion(welcome: Welcome): Welcome {
  const { protocol, agentVersion } = welcome.guest;
  if (protocol === protocolVersion) return welcome;
  throw new MachinesError(
    "AGENT_REFUSED",
    `the guest's agent (${agentVersion}) speaks protocol ${protocol}, this driver speaks ${protocolVersion}`,
    { hint: "Rebuild the image with the agent of this version of vitest-machines." },
  );
}

function noAnswer(attempts: number, socket: Socket, deadline: Deadline): MachinesError {
  const milliseconds = Math.round(deadline.elapsed);
  const received = socket.bytesRead;
  const heard = received > 0 ? `${received} bytes arrived, but no answer` : "nothing arrived at all";
  return new MachinesError("AGENT_TIMEOUT", `the guest's agent did not answer within ${milliseconds} ms`, {
    facts: { milliseconds, attempts, receivedBytes: received },
    evidence: [`It was greeted ${attempts} times; ${heard}.`],
    hint: "Look at the machine's console: the guest may still boot, hang, or have no agent; or somebody else holds its line.",
  });
}
