import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import type { FieldList } from "../protocol/fields.ts";
import type { AgentSession } from "../session.ts";
import { OutgoingChannel } from "../streams/outgoing.ts";

/** @throws AGENT_REFUSED with the guest's reason; AGENT_LOST; what reading `content` throws */
export async function writeFile(
  link: AgentLink,
  window: number,
  ...[path, content, { mode, mtimeMs } = {}]: Parameters<AgentSession["writeFile"]>
): Promise<void> {
  const channel = new OutgoingChannel(window);
  let stream: AgentStream | undefined;
  const fields: [string, string | number][] = [
    ["op", "write"],
    ["path", path],
  ];
  if (mode !== undefined) fields.push(["mode", mode]);
  if (mtimeMs !== undefined) fields.push(["mtime", Math.round(mtimeMs * 1000)]);
  const written = new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error);
      channel.destroy(error);
    };
    stream = link.open(fields satisfies FieldList, {
      credit: (bytes) => channel.credit(bytes),
      done: () => resolve(),
      refused: (reason) => fail(agentRefused(reason)),
      lost: fail,
    });
    channel.attach(stream);
  });
  written.catch(() => undefined);
  if (stream === undefined) return written;
  try {
    await pipeline(content instanceof Readable ? content : Readable.from([content], { objectMode: false }), channel);
  } catch (error) {
    // The guest's own refusal, if there is one, is the reason why the pipeline broke.
    await Promise.race([written, Promise.resolve()]);
    stream.close();
    throw error;
  }
  await written;
}
