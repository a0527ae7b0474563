import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";

/** Calls `listener` for every complete line, without its line feed; characters split between chunks stay whole. */
export function splitLines(stream: Readable, listener: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(listener);
  });
}
