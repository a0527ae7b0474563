import { MachinesError } from "@vitest-machines/host";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { parseMessage, type QmpEvent, type QmpMessage } from "./messages.ts";

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One conversation with QEMU. Commands may run concurrently; each is answered by its id. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #events = new EventEmitter<{ event: [QmpEvent] }>();
  #lastId = 0;
  #closedWith: Error | undefined;
  /** Settles when the conversation is over, with the reason. */
  readonly closed: Promise<Error>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // The channel tells of a dead QEMU at once: the kernel closes its sockets before it can be reaped.
    this.closed = new Promise((resolve) => {
      socket.on("error", (cause) => resolve(this.#end(disconnected(cause))));
      socket.once("close", () => resolve(this.#end(disconnected())));
    });
    const decoder = new StringDecoder("utf8");
    let rest = "";
    socket.on("data", (bytes: Buffer) => {
      const lines = (rest + decoder.write(bytes)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#receive(line.trimEnd());
    });
  }

  /** Takes a fresh connection through the handshake. @throws QMP_FAILED */
  static async open(socket: Socket): Promise<QmpClient> {
    const client = new QmpClient(socket);
    await client.execute("qmp_capabilities");
    return client;
  }

  /**
   * Runs a command and returns what it returns; the type is the caller's knowledge of QEMU's schema.
   * @throws QMP_FAILED with QEMU's error class and description, or when the connection ends first
   */
  async execute<T = unknown>(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<T> {
    if (this.#closedWith) throw this.#closedWith;
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { command, resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`);
    });
    return (await answer) as T;
  }

  /** Calls `listener` for every event from now on; returns how to stop that. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#events.on("event", listener);
    return () => this.#events.off("event", listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    let message: QmpMessage;
    try {
      message = parseMessage(line);
    } catch (cause) {
      // Whoever answers is not QEMU, or is broken: nothing that it says later can be matched to a command.
      const text = `unintelligible answer: ${line.slice(0, 200)}`;
      this.#socket.destroy(new MachinesError("QMP_FAILED", text, { cause }));
      return;
    }
    if (message.kind === "event") this.#events.emit("event", message.event);
    if (message.kind === "result") this.#take(message.id)?.resolve(message.value);
    if (message.kind === "error") {
      const { errorClass, description } = message;
      const pending = this.#take(message.id);
      pending?.reject(refused(pending.command, errorClass, description));
    }
  }

  #take(id: number | undefined): Pending | undefined {
    if (id === undefined) return undefined;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  /** The first reason stays: what follows a broken connection is only its consequence. */
  #end(reason: Error): Error {
    this.#closedWith ??= reason;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(this.#closedWith);
    return this.#closedWith;
  }
}

function refused(command: string, errorClass: string, description: string): MachinesError {
  const facts = { command, class: errorClass, description };
  return new MachinesError("QMP_FAILED", `QEMU refused ${command}: ${errorClass}: ${description}`, { facts });
}

function disconnected(cause?: Error): MachinesError {
  if (cause instanceof MachinesError) return cause;
  const why = cause === undefined ? "" : `: ${cause.message}`;
  return new MachinesError("QMP_FAILED", `QEMU closed its control socket${why}`, { cause });
}
