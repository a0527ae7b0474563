interface Note {
  readonly owner: string;
  readonly type: number;
  readonly content: Uint8Array;
}

/** A 64-bit little-endian ELF file with the given sections, and one note segment when there are notes. */
export function makeElf(sections: Readonly<Record<string, string>>, notes: readonly Note[] = []): Buffer {
  const names = ["", ...Object.keys(sections), ".shstrtab"];
  const nameTable = Buffer.from(`${names.join("\0")}\0`);
  const noteBytes = Buffer.concat(notes.map(encodeNote));
  const contents = [...Object.values(sections).map((text) => Buffer.from(text)), nameTable];
  const header = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  const segment = Buffer.alloc(56);
  segment.writeUInt32LE(4, 0);
  segment.writeBigUInt64LE(BigInt(64 + 56), 8);
  segment.writeBigUInt64LE(BigInt(noteBytes.length), 32);
  const parts: Buffer[] = [header, segment, noteBytes];
  let offset = 64 + 56 + noteBytes.length;
  const headers = [Buffer.alloc(64)];
  contents.forEach((content, index) => {
    const section = Buffer.alloc(64);
    const name = names[index + 1] ?? "";
    section.writeUInt32LE(nameTable.indexOf(`\0${name}\0`) + 1, 0);
    section.writeUInt32LE(1, 4);
    section.writeBigUInt64LE(BigInt(offset), 24);
    section.writeBigUInt64LE(BigInt(content.length), 32);
    headers.push(section);
    parts.push(content);
    offset += content.length;
  });
  header.writeBigUInt64LE(BigInt(64), 32);
  header.writeBigUInt64LE(BigInt(offset), 40);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(headers.length, 60);
  header.writeUInt16LE(headers.length - 1, 62);
  return Buffer.concat([...parts, ...headers]);
}

function encodeNote({ owner, type, content }: Note): Buffer {
  const name = Buffer.from(`${owner}\0`);
  const header = Buffer.alloc(12);
  header.writeUInt32LE(name.length, 0);
  header.writeUInt32LE(content.length, 4);
  header.writeUInt32LE(type, 8);
  return Buffer.concat([header, padded(name), padded(content)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** The note that says where a PVH boot enters the kernel. */
export const pvhNote: Note = { owner: "Xen", type: 18, content: Buffer.from([0, 0, 0, 1]) };
