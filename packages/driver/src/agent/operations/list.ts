import { MachinesError } from "@vitest-machines/host";
import { Inbox } from "../copies/inbox.ts";
import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import { Fields } from "../protocol/fields.ts";
import { channel } from "../protocol/frame.ts";
import type { GuestEntry } from "../session.ts";
import { incomingWindow } from "../streams/incoming.ts";
import { checkListedPath, readEntry } from "./entry.ts";

const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * As the guest finds them; it waits while nobody takes them.
 * @throws AGENT_REFUSED with the guest's reason, or for names that the host could not use safely; AGENT_LOST; the signal's reason
 */
export async function* list(
  link: AgentLink,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<GuestEntry, void, undefined> {
  signal?.throwIfAborted();
  const arrivals = new Inbox<Buffer | "end">();
  const state = { isOver: false, unread: 0 };
  const failed = (error: Error): void => {
    state.isOver = true;
    arrivals.fail(error);
  };
  const onAbort = (): void => arrivals.fail(signal?.reason as Error);
  const stream: AgentStream = link.open([["op", "list"], ["path", path]], {
    data(_channel, bytes) {
      state.unread += bytes.length;
      if (bytes.length === 0 || state.unread > incomingWindow) arrivals.fail(tooMuch(path));
      arrivals.push(bytes);
    },
    done() {
      state.isOver = true;
      arrivals.push("end");
    },
    refused: (reason) => failed(agentRefused(reason)),
    lost: failed,
  }); // prettier-ignore
  signal?.addEventListener("abort", onAbort);
  try {
    for (;;) {
      const bytes = await arrivals.next();
      if (bytes === "end") return;
      yield* readRecords(bytes);
      state.unread -= bytes.length;
      if (!state.isOver) stream.grant(channel.main, bytes.length);
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!state.isOver) stream.close();
  }
}

function tooMuch(path: string): MachinesError {
  return new MachinesError("AGENT_REFUSED", `the guest's agent lists more of ${path} than it was asked for`);
}

/** Records of fields, each ended by an empty string. */
function* readRecords(bytes: Buffer): Generator<GuestEntry, void, undefined> {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf("\0\0", start);
    const record = bytes.subarray(start, end === -1 ? bytes.length : end);
    const entry = readEntry(decode(record));
    checkListedPath(entry.path);
    yield entry;
    start += record.length + 2;
  }
}

function decode(record: Buffer): Fields {
  try {
    return new Fields(record, strict);
  } catch (cause) {
    const name = JSON.stringify(record.toString("latin1").split("\0")[0]?.slice("path=".length));
    throw new MachinesError("AGENT_REFUSED", `the guest has a file whose name is not UTF-8: ${name} (as Latin-1)`, {
      cause,
      hint: "Rename it, or pack the tree with tar in the guest and copy the archive.",
    });
  }
}
