import { Duplex } from "node:stream";
import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import type { FieldList } from "../protocol/fields.ts";
import { channel } from "../protocol/frame.ts";
import type { GuestAddress } from "../session.ts";
import { IncomingChannel } from "../streams/incoming.ts";
import { OutgoingChannel } from "../streams/outgoing.ts";

/** A byte stream to an address as the guest sees it. @throws AGENT_REFUSED when nobody answers there; AGENT_LOST */
export function connectTo(link: AgentLink, window: number, address: GuestAddress): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let stream: AgentStream | undefined;
    let isOver = false;
    const writable = new OutgoingChannel(window);
    const readable = new IncomingChannel((bytes) => stream?.grant(channel.main, bytes));
    const duplex = Duplex.from({ readable, writable });
    // The duplex belongs to the caller only once it is open.
    const ignore = (): void => undefined;
    duplex.on("error", ignore);
    const fail = (error: Error): void => {
      isOver = true;
      reject(error);
      duplex.destroy(error);
    };
    stream = link.open(addressFields(address), {
      opened: () => {
        duplex.off("error", ignore);
        resolve(duplex);
      },
      data: (_channel, bytes) => readable.receive(bytes),
      ended: () => readable.finish(),
      credit: (bytes) => writable.credit(bytes),
      done: () => {
        isOver = true;
        readable.finish();
        writable.release();
      },
      refused: (reason) => fail(agentRefused(reason)),
      lost: fail,
    });
    writable.attach(stream);
    duplex.once("close", () => {
      if (!isOver) stream?.close();
    });
  });
}

function addressFields(address: GuestAddress): FieldList {
  if (address.kind === "unix")
    return [
      ["op", "connect"],
      ["path", address.path],
    ];
  return [
    ["op", "connect"],
    ["host", address.host],
    ["port", address.port],
  ];
}
