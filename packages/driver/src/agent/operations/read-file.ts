import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import { channel } from "../protocol/frame.ts";
import type { AgentSession } from "../session.ts";
import { IncomingChannel } from "../streams/incoming.ts";
import { readEntry } from "./entry.ts";

/** @throws AGENT_REFUSED with the guest's reason; AGENT_LOST */
export function readFile(link: AgentLink, path: string): ReturnType<AgentSession["readFile"]> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const content = new IncomingChannel((bytes) => stream.grant(channel.main, bytes));
    const fail = (error: Error): void => {
      isOver = true;
      reject(error);
      content.destroy(error);
    };
    // Whoever stops reading early needs nothing more of the file.
    content.once("close", () => {
      if (!isOver) stream.close();
    });
    const stream: AgentStream = link.open(
      [
        ["op", "read"],
        ["path", path],
      ],
      {
        opened: (fields) => resolve({ entry: readEntry(fields), content }),
        data: (_channel, bytes) => content.receive(bytes),
        done: () => {
          isOver = true;
          content.finish();
        },
        refused: (reason) => fail(agentRefused(reason)),
        lost: fail,
      },
    );
  });
}
