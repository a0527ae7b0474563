/** A part of an ELF file: a section with its name, or a segment with its type. */
interface Part {
  readonly name: string;
  readonly type: number;
  readonly bytes: Uint8Array;
}

const elf64LittleEndian = [0x7f, 0x45, 0x4c, 0x46, 2, 1];

/** True for the 64-bit little-endian ELF files that x86-64 kernels and modules are. */
export function isElf64(file: Uint8Array): boolean {
  return file.length >= 64 && elf64LittleEndian.every((byte, index) => file[index] === byte);
}

/** The bytes of a section, undefined when the file has none of that name. */
export function elfSection(file: Uint8Array, name: string): Uint8Array | undefined {
  return sections(file).find((section) => section.name === name)?.bytes;
}

/** The segments of a type (`p_type`), such as 4 for notes. */
export function elfSegments(file: Uint8Array, type: number): Uint8Array[] {
  const { view, at } = open(file);
  return range(view.getUint16(56, true), (index) => {
    const header = at(32) + index * view.getUint16(54, true);
    return { name: "", type: view.getUint32(header, true), bytes: slice(file, at(header + 8), at(header + 32)) };
  })
    .filter((segment) => segment.type === type)
    .map((segment) => segment.bytes);
}

function sections(file: Uint8Array): Part[] {
  const { view, at } = open(file);
  const headers = range(view.getUint16(60, true), (index) => at(40) + index * view.getUint16(58, true));
  const contentOf = (header: number): Uint8Array => slice(file, at(header + 24), at(header + 32));
  const namesHeader = headers[view.getUint16(62, true)];
  if (namesHeader === undefined) return [];
  const names = Buffer.from(contentOf(namesHeader));
  return headers.map((header) => {
    const start = view.getUint32(header, true);
    const type = view.getUint32(header + 4, true);
    // Type 8 (SHT_NOBITS) occupies no space in the file.
    const bytes = type === 8 ? new Uint8Array() : contentOf(header);
    return { name: names.toString("latin1", start, names.indexOf(0, start)), type, bytes };
  });
}

function open(file: Uint8Array): { view: DataView; at: (offset: number) => number } {
  if (!isElf64(file)) throw new RangeError("not a 64-bit little-endian ELF file");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  return { view, at: (offset) => Number(view.getBigUint64(offset, true)) };
}

function slice(file: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset + size > file.length) throw new RangeError("the ELF file is truncated");
  return file.subarray(offset, offset + size);
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
