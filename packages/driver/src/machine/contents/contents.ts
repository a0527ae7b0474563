import type { GuestUser } from "@vitest-machines/images";
import type { FolderEntry } from "./read-folder.ts";

/** A file that is read and goes into a guest. */
export interface ReadFile {
  readonly path: string;
  readonly mode: number;
  readonly owner: string;
  readonly bytes: Uint8Array;
}

/** A folder of the host that was looked through. */
export interface ReadFolder {
  /** In the guest. */
  readonly path: string;
  /** On the host, absolute. */
  readonly source: string;
  readonly entries: readonly FolderEntry[];
}

/** What one machine has beside what its image has, with all that it follows from on the host. */
export interface Contents {
  readonly users: readonly GuestUser[];
  readonly files: readonly ReadFile[];
  readonly shared: readonly ReadFolder[];
  /** Of everything that the guest sees of it. */
  readonly digest: string;
}
