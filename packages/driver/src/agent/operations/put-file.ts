import { agentRefused } from "../errors.ts";
import { Checksum } from "../copies/checksum.ts";
import type { CopyDisk, CopyPlaces } from "../copies/copy-disk.ts";
import { Inbox } from "../copies/inbox.ts";
import { pieceBytes, type FilePiece } from "../copies/piece.ts";
import type { AgentLink, AgentStream } from "../link.ts";
import type { FieldList } from "../protocol/fields.ts";
import type { AgentSession, PutOptions } from "../session.ts";
import { OutgoingChannel } from "../streams/outgoing.ts";

export interface PutLine {
  readonly link: AgentLink;
  readonly window: number;
  readonly copyDisk: CopyDisk | undefined;
}

/** One file on its way into a guest. @throws AGENT_REFUSED with the guest's reason; AGENT_LOST; what `pieces` throws */
export async function putFile(
  line: PutLine,
  ...[path, pieces, options]: Parameters<AgentSession["putFile"]>
): Promise<void> {
  const transfer = new Transfer(line, await Checksum.begin(), path, options);
  try {
    await transfer.run(pieces);
  } finally {
    transfer.close();
  }
}

class Transfer {
  readonly #link: AgentLink;
  readonly #copyDisk: CopyDisk | undefined;
  readonly #signal: AbortSignal;
  readonly #channel: OutgoingChannel;
  readonly #checksum: Checksum;
  readonly #stream: AgentStream;
  readonly #offered = new Inbox<boolean>();
  readonly #free = new Inbox<number>();
  readonly #sent = new Inbox<true>();
  readonly #done = new Inbox<true>();
  readonly #inUse: number[] = [];
  #places: CopyPlaces | undefined;
  #isOver = false;

  constructor({ link, window, copyDisk }: PutLine, checksum: Checksum, path: string, options: PutOptions) {
    const { mode, mtimeMs, isLarge, signal } = options;
    this.#link = link;
    this.#checksum = checksum;
    this.#copyDisk = isLarge === true ? copyDisk : undefined;
    this.#signal = signal;
    this.#channel = new OutgoingChannel(window);
    const fields: [string, string | number][] = [
      ["op", "write"],
      ["path", path],
      ["mode", mode],
      ["mtime", Math.round(mtimeMs * 1000)],
    ];
    if (this.#copyDisk !== undefined) fields.push(["disk", 1]);
    const failed = (error: Error): void => {
      this.#isOver = true;
      this.#fail(error);
    };
    this.#stream = link.open(fields satisfies FieldList, {
      opened: (answer) => this.#offered.push(answer.number("disk") === 1),
      credit: (bytes) => this.#channel.credit(bytes),
      progress: (answer) => {
        const offset = answer.number("taken") === undefined ? undefined : this.#inUse.shift();
        if (offset !== undefined) this.#free.push(offset);
      },
      done: () => {
        this.#isOver = true;
        this.#done.push(true);
      },
      refused: (reason) => failed(agentRefused(reason)),
      lost: failed,
    });
    this.#channel.attach(this.#stream);
    signal.addEventListener("abort", this.#onAbort);
  }

  async run(pieces: AsyncIterable<FilePiece>): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#copyDisk !== undefined && (await this.#offered.next())) {
      this.#places = await this.#copyDisk.borrow(this.#signal);
      for (const offset of this.#places.offsets) this.#free.push(offset);
    }
    for await (const piece of pieces) {
      if (piece.kind === "hole") {
        this.#checksum.addHole(piece.length);
        this.#stream.control([["hole", piece.length]]);
      } else {
        this.#checksum.add(piece.bytes);
        await (this.#places ? this.#sendByDisk(this.#places, piece.bytes) : this.#sendByLine(piece.bytes));
      }
    }
    this.#stream.control([["hash", this.#checksum.text()]]);
    this.#stream.end();
    await this.#done.next();
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    if (!this.#isOver) this.#stream.close();
    this.#channel.destroy();
    // What the guest has begun with a place before it heard of the end is over when it answers.
    void this.#places?.release(this.#isOver ? Promise.resolve() : this.#link.ping());
  }

  async #sendByDisk(places: CopyPlaces, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      const offset = await this.#free.next();
      await places.write(offset, piece);
      this.#inUse.push(offset);
      this.#stream.control([["from", offset], ["size", piece.length]]); // prettier-ignore
    }
  }

  async #sendByLine(bytes: Buffer): Promise<void> {
    // The socket may keep them for longer than they are valid.
    this.#channel.write(Buffer.from(bytes), () => this.#sent.push(true));
    await this.#sent.next();
  }

  readonly #onAbort = (): void => this.#fail(this.#signal.reason as Error);

  #fail(error: Error): void {
    for (const inbox of [this.#offered, this.#free, this.#sent, this.#done]) inbox.fail(error);
  }
}
