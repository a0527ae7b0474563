/** What made a layer: a name that people understand → its value. The layer's key is a digest over them. */
export type LayerInputs = Readonly<Record<string, string>>;

/** A layer that was checked and that nobody removes as long as it is not let go of. */
export interface StoredLayer {
  readonly key: string;
  readonly folder: string;
  readonly createdAt: Date;
  readonly inputs: LayerInputs;
  /** What its maker wants to know again. */
  readonly facts: unknown;
  /** Lets go of it: pruning may remove it when nobody else uses it. Idempotent. */
  release(): Promise<void>;
}

/** What a build leaves in its folder. */
export interface LayerDraft {
  /** Files to keep, relative to the folder. Regular files; whatever else is there is thrown away. */
  readonly files: readonly string[];
  /** JSON; `cluster`, a name, and `machines`, an array of names, are shown in lists of layers. */
  readonly facts: unknown;
}

/** Fills an empty folder; `undefined` when there is to be no layer after all. */
export type LayerBuild = (folder: string) => Promise<LayerDraft | undefined>;

export interface LayerSummary {
  readonly key: string;
  readonly folder: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** On the disk, so without holes. A file that several layers share counts for the oldest of them alone. */
  readonly bytes: number;
  readonly cluster: string | undefined;
  readonly machines: readonly string[];
  /** By a process that lives, or may live: one in another container counts for a day. */
  readonly inUse: boolean;
  /** Why it cannot be used, where that is plain from its manifest. */
  readonly problem: string | undefined;
}

/** `age`: unused for too long; `size`: the store was too large; `space`: the disk was too full; `all`: asked for. */
export type PruneReason = "age" | "size" | "space" | "all";

export interface PruneReport {
  readonly removed: readonly (LayerSummary & { readonly reason: PruneReason })[];
  /** What killed processes had left behind: half-built and half-removed layers. */
  readonly leftovers: number;
  readonly kept: readonly LayerSummary[];
}

export interface VerifyReport {
  readonly key: string;
  readonly folder: string;
  /** What is wrong, file by file; empty for a good layer. */
  readonly problems: readonly string[];
  /** Whether it was removed, because that was asked for. */
  readonly dropped: boolean;
}

export interface RoomVerdict {
  readonly fits: boolean;
  /** Why it does not fit. */
  readonly reason?: string;
}

export interface ImportedLayer {
  readonly key: string;
  /** False when the store had it already. */
  readonly isNew: boolean;
}
