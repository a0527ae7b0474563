import type { IdAllocator } from "../ids.ts";
import type { BackingFile, DiskPlan } from "./plan.ts";

/** A node of QEMU's block graph, as `-blockdev` takes it. */
export interface BlockNode {
  readonly driver: BackingFile["format"];
  readonly "node-name": string;
  readonly file: { readonly driver: "file"; readonly filename: string };
  readonly "read-only": boolean;
  readonly cache: { readonly direct: boolean; readonly "no-flush": boolean };
  readonly discard?: "unmap";
  /** The node below; null also says that none is looked for. Only formats that can have one know the key. */
  readonly backing?: string | null;
}

/** Disks live as long as their cluster, so losing them with the host is fine, and nothing is ever flushed to its disks. */
export const diskCache = { direct: false, "no-flush": true } as const;

/**
 * The graph of a disk, each node after the one below it. Every node says what is below it, so that QEMU follows no path
 * that is written in a file.
 * @returns the node for the guest's device, and all of them
 */
export function diskGraph({ overlay, chain }: DiskPlan, ids: IdAllocator): { top: string; nodes: BlockNode[] } {
  const nodes: BlockNode[] = [];
  let below: string | null = null;
  for (const { path, format } of chain.toReversed()) {
    const name = ids.next("backing");
    nodes.push({ ...fileNode(name, path, format, below), "read-only": true });
    below = name;
  }
  const top = ids.next("drive");
  nodes.push({ ...fileNode(top, overlay, "qcow2", below), "read-only": false, discard: "unmap" });
  return { top, nodes };
}

function fileNode(
  name: string,
  filename: string,
  driver: BackingFile["format"],
  backing: string | null,
): Omit<BlockNode, "read-only"> {
  if (driver === "raw" && backing !== null) throw new Error(`${filename} is raw and cannot have anything below it`);
  const node = { driver, "node-name": name, file: { driver: "file", filename }, cache: diskCache } as const;
  return driver === "raw" ? node : { ...node, backing };
}
