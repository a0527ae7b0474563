/** Remembers the user's line, so that what goes wrong later, in a hook, is shown there and not in this package. */
export class DeclaredAt {
  readonly #frames: string;

  private constructor(frames: string) {
    this.#frames = frames;
  }

  /** The place that called a function of this package. */
  static callerOf(callee: (...args: never[]) => unknown): DeclaredAt {
    const holder: { stack?: string } = {};
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 10;
    Error.captureStackTrace(holder, callee);
    Error.stackTraceLimit = limit;
    return new DeclaredAt((holder.stack ?? "").split("\n").slice(1).join("\n"));
  }

  /** A place in a file that is no JavaScript. */
  static place(file: string, line: number, column: number): DeclaredAt {
    return new DeclaredAt(`    at cluster (${file}:${line}:${column})`);
  }

  /** Makes the error point at the user's line; reporters take file, line and code frame from there. */
  blame<E extends Error>(error: E): E {
    error.stack = `${error.name}: ${error.message}\n${this.#frames}`;
    return error;
  }
}
