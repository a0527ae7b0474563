import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { encodeFields, Fields } from "../../src/agent/protocol/fields.ts";
import { encodeFrame, frameType } from "../../src/agent/protocol/frame.ts";
import { FrameParser } from "../../src/agent/protocol/parser.ts";

/** Something in the agent's place. */
export async function impostor(onLine: (line: Socket) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-"));
  const server = createServer((line) => {
    line.on("error", () => undefined);
    onTestFinished(() => void line.destroy());
    onLine(line);
  });
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "line"), resolve));
  return join(folder, "line");
}

export function answerHello(line: Socket, answer: (nonce: string, attempt: number) => Buffer | undefined): void {
  const parser = new FrameParser();
  let attempt = 0;
  line.on("data", (chunk: Buffer) => {
    for (const frame of parser.push(chunk)) {
      if (frame.type !== frameType.hello) continue;
      const bytes = answer(new Fields(frame.payload).text("nonce") ?? "", ++attempt);
      if (bytes !== undefined) line.write(bytes);
    }
  });
}

export const welcome = (nonce: string, protocol = 1): Buffer =>
  encodeFrame(frameType.welcome, 0, 0, encodeFields([["nonce", nonce], ["protocol", protocol], ["agent", "9.9"], ["window", 65536]])); // prettier-ignore
