/** Remembers the user's line, so that what goes wrong later, in a hook, is shown there and not in this package. */
export class DeclaredAt {
  readonly #frames: string;

  /** @param below the function whose caller is the user's line */
  constructor(below: (...args: never[]) => unknown) {
    const holder: { stack?: string } = {};
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 10;
    Error.captureStackTrace(holder, below);
    Error.stackTraceLimit = limit;
    this.#frames = (holder.stack ?? "").split("\n").slice(1).join("\n");
  }

  /** Makes the error point at the user's line; reporters take file, line and code frame from there. */
  blame<E extends Error>(error: E): E {
    error.stack = `${error.name}: ${error.message}\n${this.#frames}`;
    return error;
  }
}
