import { elfSegments } from "./elf.ts";

const noteSegment = 4;
/** XEN_ELFNOTE_PHYS32_ENTRY: the address at which a PVH boot enters the kernel. */
const physicalEntry = 18;

/**
 * True when QEMU's `-kernel` can start the ELF file directly. Without this note QEMU takes it for a multiboot image and
 * refuses it.
 */
export function hasPvhNote(kernel: Uint8Array): boolean {
  return elfSegments(kernel, noteSegment).some(hasPhysicalEntry);
}

function hasPhysicalEntry(notes: Uint8Array): boolean {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.byteLength);
  for (let offset = 0; offset + 12 <= notes.length;) {
    const nameSize = view.getUint32(offset, true);
    const size = view.getUint32(offset + 4, true);
    const name = Buffer.from(notes.subarray(offset + 12, offset + 12 + nameSize)).toString("latin1");
    if (name === "Xen\0" && view.getUint32(offset + 8, true) === physicalEntry) return true;
    offset += 12 + aligned(nameSize) + aligned(size);
  }
  return false;
}

function aligned(size: number): number {
  return (size + 3) & ~3;
}
