import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { FolderEntry } from "./read-folder.ts";

/**
 * The bytes of a file in a folder that was looked through.
 * @throws Error when they are not any more what they were then: they are in the layer's key
 */
export async function* fileContent(
  folder: string,
  { path, size, sha256 }: Pick<FolderEntry, "path" | "size" | "sha256">,
): AsyncGenerator<Buffer> {
  const file = join(folder, path);
  const hash = createHash("sha256");
  let seen = 0;
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    hash.update(piece);
    seen += piece.length;
    // More than was announced would be taken for something else.
    if (seen > size) break;
    yield piece;
  }
  if (seen !== size || hash.digest("hex") !== sha256) throw new Error(`${file} was changed while it was copied`);
}
