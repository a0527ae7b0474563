import type { ReadFolder } from "./contents.ts";
import { fileContent } from "./file-content.ts";
import type { FolderEntry } from "./read-folder.ts";

const blockBytes = 512;
const typeFlags = { file: "0", link: "2", folder: "5", longName: "L", longTarget: "K" } as const;

/**
 * A folder as a tar archive, owned by root, in the format that both GNU's and busybox' tar read.
 * @throws Error when a file is not any more what it was when the folder was looked through: its content is the layer's key
 */
export async function* packTar({ source, entries }: Pick<ReadFolder, "source" | "entries">): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield* headers(entry);
    if (entry.type === "file") {
      yield* fileContent(source, entry);
      yield padding(entry.size);
    }
  }
  yield Buffer.alloc(2 * blockBytes);
}

function* headers(entry: FolderEntry): Generator<Buffer> {
  const name = Buffer.from(`./${entry.path}${entry.type === "folder" && entry.path !== "" ? "/" : ""}`);
  const target = Buffer.from(entry.target);
  const mtime = Math.max(0, Math.floor(entry.mtimeMs / 1000));
  if (name.length > 100) yield* long("longName", name);
  if (target.length > 100) yield* long("longTarget", target);
  yield header({ name, target, mode: entry.mode, size: entry.size, mtime, type: entry.type });
}

/** GNU's way to say what a header has no room for: the content of an entry before it. */
function* long(type: "longName" | "longTarget", text: Buffer): Generator<Buffer> {
  const size = text.length + 1;
  yield header({ name: Buffer.from("././@LongLink"), target: Buffer.alloc(0), mode: 0o644, size, mtime: 0, type });
  yield Buffer.concat([text, Buffer.alloc(1), padding(size)]);
}

interface Header {
  readonly name: Buffer;
  readonly target: Buffer;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  readonly type: keyof typeof typeFlags;
}

function header({ name, target, mode, size, mtime, type }: Header): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number, at: number): number =>
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, at);
  name.copy(block, 0, 0, 100);
  octal(mode, 7, 100);
  octal(0, 7, 108);
  octal(0, 7, 116);
  octal(size, 11, 124);
  octal(mtime, 11, 136);
  block.write("        ", 148);
  block.write(typeFlags[type], 156);
  target.copy(block, 157, 0, 100);
  block.write("ustar  \0root\0", 257, "latin1");
  block.write("root", 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}
