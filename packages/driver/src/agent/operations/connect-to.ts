import type { Duplex } from "node:stream";
import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import type { FieldList } from "../protocol/fields.ts";
import { channel } from "../protocol/frame.ts";
import type { GuestAddress } from "../session.ts";
import { BothWays } from "../streams/both-ways.ts";
import { IncomingChannel } from "../streams/incoming.ts";
import { OutgoingChannel } from "../streams/outgoing.ts";

/** A byte stream to an address as the guest sees it. @throws AGENT_REFUSED when nobody answers there; AGENT_LOST */
export function connectTo(link: AgentLink, window: number, address: GuestAddress): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const outgoing = new OutgoingChannel(window);
    const incoming = new IncomingChannel((bytes) => stream.grant(channel.main, bytes));
    let connection: BothWays | undefined;
    const fail = (error: Error): void => {
      isOver = true;
      reject(error);
      connection?.destroy(error);
    };
    const stream: AgentStream = link.open(addressFields(address), {
      opened: () => {
        connection = new BothWays(incoming, outgoing);
        connection.once("close", () => {
          if (!isOver) stream.close();
        });
        resolve(connection);
      },
      data: (_channel, bytes) => incoming.receive(bytes),
      ended: () => incoming.finish(),
      credit: (bytes) => outgoing.credit(bytes),
      done: () => {
        isOver = true;
        incoming.finish();
        outgoing.release();
      },
      refused: (reason) => fail(agentRefused(reason)),
      lost: fail,
    });
    outgoing.attach(stream);
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
