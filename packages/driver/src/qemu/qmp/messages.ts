/** Something that QEMU reports on its own, such as `SHUTDOWN` or `RESET`. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Host time, milliseconds since the epoch. */
  readonly at: number;
}

/** One line from QEMU, understood. */
export type QmpMessage =
  | { readonly kind: "greeting" }
  | { readonly kind: "event"; readonly event: QmpEvent }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | {
      readonly kind: "error";
      readonly id: number | undefined;
      readonly errorClass: string;
      readonly description: string;
    };

interface WireMessage {
  QMP?: unknown;
  event?: string;
  data?: Record<string, unknown>;
  timestamp?: { seconds: number; microseconds: number };
  id?: number;
  return?: unknown;
  error?: { class: string; desc: string };
}

/** Understands one line of QMP. @throws SyntaxError when it is no JSON, or no message */
export function parseMessage(line: string): QmpMessage {
  const { id, ...wire } = JSON.parse(line) as WireMessage;
  if (wire.QMP !== undefined) return { kind: "greeting" };
  if (wire.error !== undefined) {
    return { kind: "error", id, errorClass: wire.error.class, description: wire.error.desc };
  }
  if (wire.event !== undefined) {
    const { seconds, microseconds } = wire.timestamp ?? { seconds: 0, microseconds: 0 };
    return {
      kind: "event",
      event: { event: wire.event, data: wire.data ?? {}, at: seconds * 1000 + microseconds / 1000 },
    };
  }
  if ("return" in wire && id !== undefined) return { kind: "result", id, value: wire.return };
  throw new SyntaxError(`not a QMP message: ${line}`);
}
