import { MachinesError } from "@vitest-machines/host";
import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import { Fields } from "../protocol/fields.ts";
import { channel } from "../protocol/frame.ts";
import type { GuestEntry } from "../session.ts";
import { checkListedPath, readEntry } from "./entry.ts";

const strict = new TextDecoder("utf-8", { fatal: true });

/** @throws AGENT_REFUSED with the guest's reason, or for names that the host could not use safely; AGENT_LOST */
export function list(link: AgentLink, path: string): Promise<GuestEntry[]> {
  return new Promise((resolve, reject) => {
    const entries: GuestEntry[] = [];
    const stream: AgentStream = link.open(
      [
        ["op", "list"],
        ["path", path],
      ],
      {
        data(_channel, bytes) {
          try {
            for (const entry of readRecords(bytes)) entries.push(entry);
            stream.grant(channel.main, bytes.length);
          } catch (error) {
            stream.close();
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        done: () => resolve(entries),
        refused: (reason) => reject(agentRefused(reason)),
        lost: reject,
      },
    );
  });
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
