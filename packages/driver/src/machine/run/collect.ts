import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { RunningCommand } from "../../agent/session.ts";

/** More than any output that a test can sensibly look at, and far less than what ends a worker. */
const mostBytes = 128 * 1024 * 1024;

export interface Collected {
  /** What has been printed up to now. */
  finish(): { stdout: string; stderr: string };
  /** Settles when a stream has printed more than can be kept. */
  readonly overflow: Promise<string>;
}

/** Reads a command's output into memory. */
export function collect(running: RunningCommand): Collected {
  let onOverflow: (stream: string) => void;
  const overflow = new Promise<string>((resolve) => (onOverflow = resolve));
  const stdout = read(running.stdout, () => onOverflow("stdout"));
  const stderr = read(running.stderr, () => onOverflow("stderr"));
  return { overflow, finish: () => ({ stdout: stdout(), stderr: stderr() }) };
}

export const outputLimit: string = `${mostBytes / 1024 / 1024} MiB`;

function read(stream: Readable, onOverflow: () => void): () => string {
  const decoder = new StringDecoder("utf8");
  const parts: string[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes) {
      stream.pause();
      onOverflow();
    } else parts.push(decoder.write(chunk));
  });
  // A broken stream is one of a session that is lost, which the command's exit tells.
  stream.on("error", () => undefined);
  return () => {
    // What has arrived and waits in the stream for the next tick; reading it emits it.
    while (bytes <= mostBytes && stream.read() !== null);
    return parts.join("") + decoder.end();
  };
}
