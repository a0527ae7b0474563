import { TextDecoder } from "node:util";

/** What a payload of NUL-terminated `key=value` strings is made from; a key may repeat. */
export type FieldList = readonly (readonly [key: string, value: string | number])[];

/** @throws Error for a value that holds a NUL character, which no path, argument or variable of Linux can hold */
export function encodeFields(fields: FieldList): Buffer {
  for (const [key, value] of fields) {
    if (String(value).includes("\0")) throw new Error(`${key} holds a NUL character, which Linux cannot pass on`);
  }
  return Buffer.from(fields.map(([key, value]) => `${key}=${value}\0`).join(""));
}

/** Fields that arrived; the first of a repeated key counts. */
export class Fields {
  readonly #values: Map<string, string> = new Map();

  constructor(payload: Uint8Array, decoder: TextDecoder = lenient) {
    for (const field of decoder.decode(payload).split("\0")) {
      const equals = field.indexOf("=");
      if (equals > 0 && !this.#values.has(field.slice(0, equals)))
        this.#values.set(field.slice(0, equals), field.slice(equals + 1));
    }
  }

  text(key: string): string | undefined {
    return this.#values.get(key);
  }

  number(key: string): number | undefined {
    const text = this.#values.get(key);
    return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
  }
}

const lenient = new TextDecoder();
