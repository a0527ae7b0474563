import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** A stream for what Vitest prints, which is looked at only when something went wrong. */
export class Printed {
  readonly stream: Writable;
  #text = "";

  constructor() {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#text += chunk.toString();
        done();
      },
    });
    // Vitest pipes its workers into it, and a pipe ends what is not the process's own stream when its source ends.
    this.stream = Object.assign(stream, { end: () => stream });
  }

  /** What `print` prints, without colours and without empty lines around it. */
  during(print: () => void): string {
    this.#text = "";
    print();
    return stripVTControlCharacters(this.#text).replace(/^\s*\n|\s+$/g, "");
  }
}
