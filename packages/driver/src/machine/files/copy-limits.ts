import { invalid } from "@vitest-machines/host";
import type { GuestEntry } from "../../agent/session.ts";
import type { VerbOptions } from "../options.ts";

export interface CopyOutOptions extends VerbOptions {
  /** The most that all files together may have, holes not counted. Default: 4 GiB. More of it is a COPY_FAILED. */
  maxBytes?: number | undefined;
  /** The most files, folders and links. Default: 1,000,000. More of them are a COPY_FAILED. */
  maxEntries?: number | undefined;
}

const defaultBytes = 4 * 1024 ** 3;
const defaultEntries = 1_000_000;
/** Names are kept until the copy is done. A million ordinary paths have some 100 MB. */
const mostNameLength = 256 * 1024 ** 2;

/** How much a guest may make the host write and remember. */
export class CopyLimits {
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  #bytes = 0;
  #entries = 0;
  #nameLength = 0;

  /** @throws DECLARATION_INVALID for a limit that is no positive number */
  constructor({ maxBytes = defaultBytes, maxEntries = defaultEntries }: CopyOutOptions) {
    this.#maxBytes = valid("maxBytes", maxBytes);
    this.#maxEntries = valid("maxEntries", maxEntries);
  }

  countEntry({ path, target = "" }: GuestEntry): void {
    this.#entries++;
    this.#nameLength += path.length + target.length;
    if (this.#entries > this.#maxEntries) {
      throw new Error(`the guest has more than ${this.#maxEntries} files, folders and links there (\`maxEntries\`)`);
    }
    if (this.#nameLength > mostNameLength) throw new Error("the names of what the guest has there are too long");
  }

  countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes)
      throw new Error(`the guest has more than ${this.#maxBytes} bytes there (\`maxBytes\`)`);
  }
}

function valid(name: string, value: number): number {
  if (typeof value === "number" && value > 0) return value;
  throw invalid({
    path: `copyToHost.${name}`,
    value,
    reason: "is not a limit",
    valid: "positive numbers; Infinity for none",
  });
}
