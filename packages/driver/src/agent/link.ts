import type { Socket } from "node:net";
import { MachinesError } from "@vitest-machines/host";
import { agentLost } from "./errors.ts";
import { encodeFields, Fields, type FieldList } from "./protocol/fields.ts";
import {
  encodeHeader,
  flagMore,
  frameType,
  maxPayload,
  maxRequest,
  type Channel,
  type Frame,
  type FrameType,
} from "./protocol/frame.ts";
import type { FrameParser } from "./protocol/parser.ts";

/** What becomes of one operation. `done`, `refused` and `lost` exclude each other and come last. */
export interface StreamHandler {
  opened?(fields: Fields): void;
  data?(channel: Channel, bytes: Buffer): void;
  ended?(channel: Channel): void;
  credit?(bytes: number): void;
  progress?(fields: Fields): void;
  done(fields: Fields): void;
  refused(fields: Fields): void;
  lost(reason: Error): void;
}

const nothing = Buffer.alloc(0);

/** Our end of the line: many streams over one socket, dispatched by their ids. */
export class AgentLink {
  readonly ended: Promise<Error>;
  readonly #socket: Socket;
  readonly #parser: FrameParser;
  readonly #streams: Map<number, StreamHandler> = new Map();
  readonly #pings: { resolve: () => void; reject: (reason: Error) => void }[] = [];
  #resolveEnded!: (reason: Error) => void;
  #reason: Error | undefined;
  #nextId = 1;
  #isCorked = false;

  constructor(socket: Socket, parser: FrameParser) {
    this.#socket = socket;
    this.#parser = parser;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    socket.on("data", this.#receive);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
    if (socket.destroyed) this.#onClose();
  }

  /** Why it is over, once it is. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Starts an operation. @throws AGENT_REFUSED for a request that no agent could take; AGENT_LOST when it is over */
  open(request: FieldList, handler: StreamHandler): AgentStream {
    if (this.#reason !== undefined) throw this.#reason;
    const payload = encodeRequest(request);
    const id = this.#nextId++;
    this.#streams.set(id, handler);
    for (let at = 0; at < payload.length; at += maxPayload) {
      const flags = at + maxPayload < payload.length ? flagMore : 0;
      this.send(frameType.open, flags, id, payload.subarray(at, at + maxPayload));
    }
    return new AgentStream(this, id);
  }

  send(type: FrameType, flags: number, stream: number, payload: Uint8Array = nothing): void {
    if (this.#reason !== undefined) return;
    // What one turn of the event loop sends leaves in one system call, and arrives in one read of the guest.
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(this.#uncork);
    }
    this.#socket.write(encodeHeader(type, flags, stream, payload));
    if (payload.length > 0) this.#socket.write(payload);
  }

  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#reason !== undefined) return reject(this.#reason);
      this.#pings.push({ resolve, reject });
      this.send(frameType.ping, 0, 0);
    });
  }

  /** Forgets a stream: whatever still arrives for it is dropped. */
  forget(id: number): void {
    this.#streams.delete(id);
  }

  end(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#socket.destroy();
    const handlers = [...this.#streams.values()];
    this.#streams.clear();
    for (const handler of handlers) handler.lost(reason);
    for (const ping of this.#pings.splice(0)) ping.reject(reason);
    this.#resolveEnded(reason);
  }

  /** Handles what had arrived before the link took the socket over. */
  receive(frames: Iterable<Frame>): void {
    for (const frame of frames) {
      if (this.#reason !== undefined) return;
      this.#dispatch(frame);
    }
  }

  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#socket.uncork();
  };

  readonly #receive = (chunk: Buffer): void => {
    this.receive(this.#parser.push(chunk));
  };

  readonly #onError = (error: Error): void => this.end(agentLost(error.message, error));

  readonly #onClose = (): void => this.end(agentLost("the machine closed the line"));

  #dispatch({ type, flags, stream, payload }: Frame): void {
    if (type === frameType.ready)
      return this.end(agentLost("the agent started anew, so the guest has probably rebooted"));
    if (type === frameType.pong) return this.#pings.shift()?.resolve();
    const handler = this.#streams.get(stream);
    // A frame for a stream that we have closed meanwhile is no error: it was under way.
    if (handler === undefined) return;
    switch (type) {
      case frameType.opened:
        return handler.opened?.(new Fields(payload));
      case frameType.data:
        return handler.data?.(flags as Channel, payload);
      case frameType.eof:
        return handler.ended?.(flags as Channel);
      case frameType.credit:
        return payload.length === 4 ? handler.credit?.(payload.readUInt32LE(0)) : undefined;
      case frameType.progress:
        return handler.progress?.(new Fields(payload));
      case frameType.done:
        this.#streams.delete(stream);
        return handler.done(new Fields(payload));
      case frameType.error:
        this.#streams.delete(stream);
        return handler.refused(new Fields(payload));
    }
  }
}

/** The sending side of one operation. */
export class AgentStream {
  readonly id: number;
  readonly #link: AgentLink;

  constructor(link: AgentLink, id: number) {
    this.#link = link;
    this.id = id;
  }

  data(bytes: Uint8Array): void {
    this.#link.send(frameType.data, 0, this.id, bytes);
  }

  end(): void {
    this.#link.send(frameType.eof, 0, this.id);
  }

  grant(channel: Channel, bytes: number): void {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32LE(bytes);
    this.#link.send(frameType.credit, channel, this.id, payload);
  }

  control(fields: FieldList): void {
    this.#link.send(frameType.control, 0, this.id, encodeFields(fields));
  }

  /** Gives the operation up; its handler hears nothing more. */
  close(): void {
    this.#link.forget(this.id);
    this.#link.send(frameType.close, 0, this.id);
  }
}

function encodeRequest(request: FieldList): Buffer {
  let payload: Buffer;
  try {
    payload = encodeFields(request);
  } catch (error) {
    throw new MachinesError("AGENT_REFUSED", (error as Error).message, { cause: error });
  }
  if (payload.length <= maxRequest) return payload;
  throw new MachinesError(
    "AGENT_REFUSED",
    `a request of ${payload.length} bytes is too large for the guest's agent, which takes ${maxRequest}`,
    { hint: "Copy long scripts and data into the guest as files, or pass them on stdin." },
  );
}
