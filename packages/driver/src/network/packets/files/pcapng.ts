/** Blocks of pcapng, the format that Wireshark and tshark write: draft-ietf-opsawg-pcapng. All little-endian. Pure. */

const blockTypes = { section: 0x0a0d0d0a, interface: 1, packet: 6 };
const ethernetLink = 1;

export interface InterfaceDescription {
  readonly name: string;
  readonly description: string;
  readonly mac: string;
}

export interface RecordedPacket {
  /** Which interface of the file, from 0. */
  readonly interface: number;
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly direction: "out" | "in";
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** What a file begins with. */
export function sectionHeader(application: string): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  // How long the section is, is not known: -1.
  body.writeBigInt64LE(-1n, 8);
  return block(blockTypes.section, body, options([4, Buffer.from(application)]));
}

/** Interfaces are numbered in the order of their blocks, which come before their packets. */
export function interfaceBlock({ name, description, mac }: InterfaceDescription): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(ethernetLink, 0);
  const macBytes = Buffer.from(mac.split(":").map((part) => Number.parseInt(part, 16)));
  const resolution = Buffer.from([6]); // microseconds
  return block(
    blockTypes.interface,
    body,
    options([2, Buffer.from(name)], [3, Buffer.from(description)], [6, macBytes], [9, resolution]),
  );
}

export function packetBlock({ interface: index, time, direction, length, bytes }: RecordedPacket): Buffer {
  const header = Buffer.alloc(20);
  const microseconds = BigInt(Math.round(time * 1000));
  header.writeUInt32LE(index, 0);
  header.writeUInt32LE(Number(microseconds >> 32n), 4);
  header.writeUInt32LE(Number(microseconds & 0xffffffffn), 8);
  header.writeUInt32LE(bytes.length, 12);
  header.writeUInt32LE(length, 16);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(direction === "in" ? 1 : 2);
  return block(blockTypes.packet, header, padded(bytes), options([2, flags]));
}

function block(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const [head, end] = [Buffer.alloc(8), Buffer.alloc(4)];
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  end.writeUInt32LE(length);
  return Buffer.concat([head, ...parts, end]);
}

/** A list of options, with its end. */
function options(...all: readonly (readonly [code: number, value: Uint8Array])[]): Buffer {
  const parts = all.map(([code, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, padded(value)]);
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** Everything begins at a multiple of four. */
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
