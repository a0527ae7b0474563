import { MachinesError } from "@vitest-machines/host";
import { Checksum } from "../copies/checksum.ts";
import type { CopyDisk, CopyPlaces } from "../copies/copy-disk.ts";
import { Inbox } from "../copies/inbox.ts";
import { pieceBytes, type FilePiece } from "../copies/piece.ts";
import { agentRefused } from "../errors.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import type { Fields } from "../protocol/fields.ts";
import { channel } from "../protocol/frame.ts";
import type { AgentSession, GuestEntry } from "../session.ts";
import { incomingWindow } from "../streams/incoming.ts";
import { readEntry } from "./entry.ts";

export interface GetLine {
  readonly link: AgentLink;
  readonly copyDisk: CopyDisk | undefined;
}

/** Holes are told between pieces of data, of which no more are under way than this. */
const mostUnread = 1024;

type Arrival =
  | { readonly kind: "line"; readonly bytes: Buffer }
  | { readonly kind: "disk"; readonly length: number }
  | { readonly kind: "hole"; readonly length: number }
  | { readonly kind: "end"; readonly hash: string };

/**
 * One file on its way out of a guest, which is not trusted: neither its sizes, nor that it sends no more than it was asked for.
 * @throws AGENT_REFUSED with the guest's reason, for what is no file, and when it breaks the protocol; AGENT_LOST
 */
export async function getFile(
  { link, copyDisk }: GetLine,
  ...[path, { isLarge, signal }]: Parameters<AgentSession["getFile"]>
): ReturnType<AgentSession["getFile"]> {
  signal.throwIfAborted();
  const disk = isLarge === true ? copyDisk : undefined;
  const transfer = new Transfer(link, path, disk, signal);
  try {
    const entry = await transfer.opened();
    return { entry, pieces: transfer.pieces(entry) };
  } catch (error) {
    transfer.close();
    throw error;
  }
}

class Transfer {
  readonly #link: AgentLink;
  readonly #stream: AgentStream;
  readonly #disk: CopyDisk | undefined;
  readonly #signal: AbortSignal;
  readonly #opened = new Inbox<Fields>();
  readonly #arrivals = new Inbox<Arrival>();
  /** Offsets that the guest may write to, in the order in which it fills them. */
  readonly #granted: number[] = [];
  #places: CopyPlaces | undefined;
  #isOverDisk = false;
  /** Bytes on the line that nobody has taken yet. */
  #unread = 0;
  #isOver = false;

  constructor(link: AgentLink, path: string, disk: CopyDisk | undefined, signal: AbortSignal) {
    this.#link = link;
    this.#disk = disk;
    this.#signal = signal;
    const failed = (error: Error): void => {
      this.#isOver = true;
      this.#fail(error);
    };
    this.#stream = link.open(
      [["op", "read"], ["path", path], ["copy", 1], ...(disk === undefined ? [] : ([["disk", 1]] as const))], // prettier-ignore
      {
        opened: (fields) => this.#opened.push(fields),
        data: (_channel, bytes) => {
          this.#unread += bytes.length;
          this.#arrive({ kind: "line", bytes });
        },
        progress: (fields) => {
          const [hole, filled] = [fields.number("hole"), fields.number("filled")];
          if (hole !== undefined) this.#arrive({ kind: "hole", length: hole });
          else this.#arrive({ kind: "disk", length: filled ?? 0 });
        },
        done: (fields) => {
          this.#isOver = true;
          this.#arrivals.push({ kind: "end", hash: fields.text("hash") ?? "none" });
        },
        refused: (reason) => failed(agentRefused(reason)),
        lost: failed,
      },
    );
    signal.addEventListener("abort", this.#onAbort);
  }

  async opened(): Promise<GuestEntry> {
    const fields = await this.#opened.next();
    const entry = readEntry(fields);
    if (entry.type !== "file") throw refused("it is no regular file any more");
    this.#isOverDisk = this.#disk !== undefined && fields.number("disk") === 1;
    return entry;
  }

  async *pieces({ size }: GuestEntry): AsyncGenerator<FilePiece, void, undefined> {
    let total = 0;
    let previous: Arrival["kind"] | undefined;
    try {
      const checksum = await Checksum.begin();
      if (this.#isOverDisk && this.#disk) await this.#borrow(this.#disk);
      for (;;) {
        const arrival = await this.#arrivals.next();
        if (arrival.kind === "end") {
          if (arrival.hash === checksum.text()) return;
          throw refused(
            `its content changed on the way: the guest's checksum is ${arrival.hash}, not ${checksum.text()}`,
          );
        }
        if (arrival.kind === "hole" && (arrival.length <= 0 || size === 0 || previous === "hole"))
          throw refused("it tells of an impossible hole");
        previous = arrival.kind;
        const piece = await this.#take(arrival);
        total += piece.kind === "hole" ? piece.length : piece.bytes.length;
        // Files of the kernel have no size and some content all the same.
        if (size > 0 && total > size) throw refused(`it sends more than the ${size} bytes that it said the file has`);
        if (piece.kind === "hole") checksum.addHole(piece.length);
        else checksum.add(piece.bytes);
        yield piece;
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    const isDone = this.#isOver;
    this.#isOver = true;
    if (!isDone) this.#stream.close();
    // What the guest has begun with a place before it heard of the end is over when it answers.
    void this.#places?.release(isDone ? Promise.resolve() : this.#link.ping());
    this.#places = undefined;
  }

  async #borrow(disk: CopyDisk): Promise<void> {
    this.#places = await disk.borrow(this.#signal);
    for (const offset of this.#places.offsets) this.#grant(offset);
  }

  #grant(offset: number): void {
    this.#granted.push(offset);
    this.#stream.control([["into", offset], ["size", pieceBytes]]); // prettier-ignore
  }

  async #take(arrival: Exclude<Arrival, { kind: "end" }>): Promise<FilePiece> {
    if (arrival.kind === "hole") return arrival;
    if (arrival.kind === "line") {
      this.#unread -= arrival.bytes.length;
      if (!this.#isOver) this.#stream.grant(channel.main, arrival.bytes.length);
      return { kind: "data", bytes: arrival.bytes };
    }
    const offset = this.#granted.shift();
    const { length } = arrival;
    if (offset === undefined || !this.#places || length < 1 || length > pieceBytes)
      throw refused("it fills places on the copy disk that it was not given");
    const bytes = await this.#places.read(offset, length);
    if (!this.#isOver) this.#grant(offset);
    return { kind: "data", bytes };
  }

  #arrive(arrival: Arrival): void {
    const isEmpty = arrival.kind === "line" && arrival.bytes.length === 0;
    if (isEmpty || this.#unread > incomingWindow || this.#arrivals.length >= mostUnread)
      this.#fail(refused("it sends more than it was asked for"));
    this.#arrivals.push(arrival);
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#signal.reason as Error);
    // Nobody may have begun to take the pieces.
    this.close();
  };

  #fail(error: Error): void {
    this.#opened.fail(error);
    this.#arrivals.fail(error);
  }
}

function refused(why: string): MachinesError {
  return new MachinesError("AGENT_REFUSED", `the guest's agent does not do what it was asked for: ${why}`);
}
