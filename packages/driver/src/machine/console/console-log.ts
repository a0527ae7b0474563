import { StringDecoder } from "node:string_decoder";

/** About a hundred thousand lines; what a guest prints beyond that pushes out the oldest half. */
const mostCharacters = 8 * 1024 * 1024;
/** Colours and cursor movements (ECMA-48 control sequences), which would split the words that tests look for. */
// eslint-disable-next-line no-control-regex -- it is a control character that these sequences start with
const controlSequence = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78])/g;

/** What one machine printed on its serial console since it started, as text without control sequences. */
export class ConsoleLog {
  readonly #decoder = new StringDecoder("utf8");
  readonly #listeners = new Set<() => void>();
  readonly #onLine: (line: string) => void;
  #text = "";
  /** The unfinished last line, which may end in the middle of a control sequence. */
  #line = "";
  /** Where the last matched wait ended. */
  #cursor = 0;

  /**
   * @param onLine called for every finished line
   * @param printed what the machine has printed before, as {@link text} gives it: a fork has the past of its layer
   */
  constructor(onLine: (line: string) => void = () => undefined, printed = "") {
    this.#onLine = onLine;
    const end = printed.lastIndexOf("\n") + 1;
    this.#text = printed.slice(0, end);
    this.#line = printed.slice(end);
  }

  /** Everything so far, the unfinished last line included. */
  get text(): string {
    return this.#text + clean(this.#line);
  }

  append(bytes: Uint8Array): void {
    const lines = (this.#line + this.#decoder.write(Buffer.from(bytes))).split("\n");
    this.#line = lines.pop() ?? "";
    for (const raw of lines) {
      const line = clean(raw);
      this.#text += `${line}\n`;
      this.#onLine(line);
    }
    if (this.#text.length > mostCharacters) this.#forgetOldest();
    for (const listener of [...this.#listeners]) listener();
  }

  /** The last lines. */
  tail(lines: number): string {
    return this.text.trimEnd().split("\n").slice(-lines).join("\n");
  }

  /**
   * The first match after the end of the last one, so that a second wait for the same text waits for a second appearance.
   * A found match moves that place.
   */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = plain(pattern).exec(this.text.slice(this.#cursor));
    if (match === null) return undefined;
    this.#cursor += match.index + match[0].length;
    return match;
  }

  /** Calls `listener` whenever something was printed; returns how to stop that. */
  onGrowth(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #forgetOldest(): void {
    const from = this.#text.indexOf("\n", this.#text.length - mostCharacters / 2) + 1;
    this.#text = this.#text.slice(from);
    this.#cursor = Math.max(0, this.#cursor - from);
  }
}

function clean(line: string): string {
  return line.replace(controlSequence, "").replace(/\r+$/, "").replaceAll("\r", "\n");
}

/** Without the flags that make a regular expression remember where it was. */
function plain(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
}
