/** A bzImage of two set-up sectors whose payload is `packed`, with its uncompressed size behind it. */
export function makeBzImage(packed: Uint8Array, version = 0x020f): Buffer {
  const setup = Buffer.alloc(3 * 512);
  const gap = 0x2cc;
  setup.writeUInt8(2, 0x1f1);
  setup.write("HdrS", 0x202, "latin1");
  setup.writeUInt16LE(version, 0x206);
  setup.writeUInt32LE(gap, 0x248);
  setup.writeUInt32LE(packed.length + 4, 0x24c);
  return Buffer.concat([
    setup,
    Buffer.alloc(gap, 0x90),
    packed,
    Buffer.from([1, 2, 3, 4]),
    Buffer.from("trailing code"),
  ]);
}
