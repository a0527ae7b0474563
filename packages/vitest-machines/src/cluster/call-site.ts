import { isMachinesError } from "@vitest-machines/host";

type Callee = (...args: never[]) => unknown;

/**
 * Remembers the user's line, so that what goes wrong later, in a hook, on a socket or in a timer, is shown there and not
 * in this package.
 */
export class CallSite {
  /** Its `stack` is formatted when it is first read, which most call sites never are. */
  readonly #holder: { stack?: string };

  private constructor(holder: { stack?: string }) {
    this.#holder = holder;
  }

  /** The place that called a function of this package. */
  static callerOf(callee: Callee): CallSite {
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder, callee);
    return new CallSite(holder);
  }

  /** A place in a file that is no JavaScript. */
  static place(file: string, line: number, column: number): CallSite {
    return new CallSite({ stack: `Error\n    at cluster (${file}:${line}:${column})` });
  }

  /** Makes the error point at the user's line; reporters take file, line and code frame from there. */
  blame<E extends Error>(error: E): E {
    const frames = (this.#holder.stack ?? "").split("\n").slice(1).join("\n");
    error.stack = `${error.name}: ${error.message}\n${frames}`;
    if (isMachinesError(error)) hideParts(error);
    return error;
  }
}

/** Vitest prints an error's properties below its message, and the message of ours tells everything that is in them. */
function hideParts(error: Error): void {
  Object.defineProperty(error, "toJSON", { value: () => ({}), configurable: true });
}
