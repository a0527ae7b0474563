/**
 * Empty qcow2 files, and what must be known of others. The format is docs/interop/qcow2.txt in QEMU's sources; all numbers
 * are big-endian. Writing one takes well under a millisecond, starting `qemu-img` for it some twenty.
 */

/** Of version 3. */
export const headerLength = 104;
const magic = 0x514649fb;
const clusterBits = 16;
const clusterBytes = 1 << clusterBits;
/** An L2 table fills a cluster with 8-byte entries, each for one cluster of data. */
const bytesPerL1Entry = (clusterBytes / 8) * clusterBytes;
/** The header, the refcount table, its one block, the L1 table. */
const usedClusters = 4;
/** 2^4 bits for each refcount. */
const refcountOrder = 4;
const externalDataFile = 1n << 2n;

/** What the L1 table, one cluster here, can address. */
export const largestDiskBytes: number = (clusterBytes / 8) * bytesPerL1Entry;

/** A file, as the few places of it that are not zero. */
export interface SparseFile {
  readonly lengthBytes: number;
  readonly parts: readonly { readonly offset: number; readonly bytes: Buffer }[];
}

/**
 * A disk without content and without a backing file: what is below it is named when it is opened, so that no path in a
 * file decides what is read.
 * @throws RangeError for a size that is no multiple of 512 or too large
 */
export function emptyQcow2(sizeBytes: number): SparseFile {
  if (sizeBytes < 0 || sizeBytes % 512 !== 0 || sizeBytes > largestDiskBytes) {
    throw new RangeError(`${sizeBytes} bytes are not the size of a disk: up to ${largestDiskBytes}, whole sectors`);
  }
  const [refcountTable, refcountBlock, l1Table] = [clusterBytes, 2 * clusterBytes, 3 * clusterBytes];
  const header = Buffer.alloc(headerLength);
  header.writeUInt32BE(magic, 0);
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(clusterBits, 20);
  header.writeBigUInt64BE(BigInt(sizeBytes), 24);
  header.writeUInt32BE(Math.ceil(sizeBytes / bytesPerL1Entry), 36);
  header.writeBigUInt64BE(BigInt(l1Table), 40);
  header.writeBigUInt64BE(BigInt(refcountTable), 48);
  header.writeUInt32BE(1, 56);
  header.writeUInt32BE(refcountOrder, 96);
  header.writeUInt32BE(headerLength, 100);
  const blockAddress = Buffer.alloc(8);
  blockAddress.writeBigUInt64BE(BigInt(refcountBlock));
  const refcounts = Buffer.alloc(2 * usedClusters);
  for (let cluster = 0; cluster < usedClusters; cluster++) refcounts.writeUInt16BE(1, 2 * cluster);
  return {
    lengthBytes: usedClusters * clusterBytes,
    parts: [
      { offset: 0, bytes: header },
      { offset: refcountTable, bytes: blockAddress },
      { offset: refcountBlock, bytes: refcounts },
    ],
  };
}

/**
 * What the first {@link headerLength} bytes of a qcow2 file say.
 * @throws RangeError when they are not those of one, or when its data is in another file, whose path it would decide
 */
export function parseQcow2Header(start: Buffer): { sizeBytes: number } {
  if (start.length < headerLength || start.readUInt32BE(0) !== magic) throw new RangeError("it is not a qcow2 file");
  const version = start.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new RangeError(`it is qcow2 of the unknown version ${version}`);
  if (version === 3 && (start.readBigUInt64BE(72) & externalDataFile) !== 0n) {
    throw new RangeError("it is a qcow2 file with its data in another file");
  }
  if (start.readBigUInt64BE(8) !== 0n) throw new RangeError("it is a qcow2 file that needs another, its backing file");
  return { sizeBytes: Number(start.readBigUInt64BE(24)) };
}
