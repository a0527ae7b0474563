/** One entry of an archive that the kernel unpacks into its root file system. Only folders can belong to others than root. */
export type ArchiveEntry =
  | { readonly path: string; readonly type: "folder"; readonly mode: number; readonly owner?: number | undefined }
  | { readonly path: string; readonly type: "file"; readonly mode: number; readonly content: Uint8Array }
  | { readonly path: string; readonly type: "link"; readonly target: string }
  | {
      readonly path: string;
      readonly type: "device";
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

interface Member {
  readonly name: string;
  readonly mode: number;
  readonly owner: number;
  readonly content: Uint8Array;
  readonly device: readonly [major: number, minor: number];
}

const fileTypeBits = { folder: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 };
const nothing = new Uint8Array();

/**
 * Packs entries as a cpio archive in the `newc` format, the one that the kernel's initramfs code reads
 * (Documentation/driver-api/early-userspace/buffer-format.rst). The kernel creates no missing folders, so a folder must
 * come before what is in it. The same entries give the same bytes: no times, no owners, numbered inodes.
 */
export function packCpio(entries: readonly ArchiveEntry[]): Buffer {
  const members = [
    ...entries.map(memberOf),
    { name: "TRAILER!!!", mode: 0, owner: 0, content: nothing, device: [0, 0] as const },
  ];
  return Buffer.concat(members.flatMap((member, index) => encode(member, index + 1)));
}

function memberOf(entry: ArchiveEntry): Member {
  const plain = { name: entry.path.replace(/^\/+/, ""), owner: 0, content: nothing, device: [0, 0] as const };
  const type = fileTypeBits[entry.type];
  switch (entry.type) {
    case "folder":
      return { ...plain, mode: type | entry.mode, owner: entry.owner ?? 0 };
    case "file":
      return { ...plain, mode: type | entry.mode, content: entry.content };
    case "link":
      return { ...plain, mode: type | 0o777, content: Buffer.from(entry.target) };
    case "device":
      return { ...plain, mode: type | entry.mode, device: [entry.major, entry.minor] };
  }
}

function encode({ name, mode, owner, content, device }: Member, inode: number): Uint8Array[] {
  const encodedName = Buffer.from(`${name}\0`);
  const links = 1;
  const fields = [inode, mode, owner, owner, links, 0, content.length, 0, 0, ...device, encodedName.length, 0];
  const header = Buffer.from("070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join(""));
  return [header, encodedName, padding(header.length + encodedName.length), content, padding(content.length)];
}

/** Names and contents are padded so that what follows starts at a multiple of four. */
function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}
