/** What a folder of the image cache is. */
export type CachedKind = "debian" | "tiny" | "debian system" | "debian kernel" | "tiny kernel" | "unknown";

/** A folder of the image cache: an image, or what images are made of. */
export interface CachedImage {
  /** Of the folder. */
  readonly name: string;
  readonly kind: CachedKind;
  readonly folder: string;
  readonly suite: string | undefined;
  /** What its declaration names beside what every image has. */
  readonly packages: readonly string[];
  /** On the disk. Files that it shares with another folder count for both. */
  readonly bytes: number;
  readonly builtAt: Date;
  readonly lastUsedAt: Date;
  /** A process has it open, builds it, or has used it within the last minutes. */
  readonly inUse: boolean;
  /** Why it cannot be used, as far as that is known without hashing it. */
  readonly problem?: string | undefined;
}

const kinds: readonly (readonly [RegExp, CachedKind])[] = [
  [/^tiny-[a-z]+-[0-9a-f]+$/, "tiny"],
  [/^packages-[a-z]+-[0-9a-f]+$/, "tiny kernel"],
  [/^debian-packages-[a-z]+-[0-9a-f]+$/, "debian system"],
  [/^kernel-(cloud|generic)-[a-z]+-[0-9a-f]+$/, "debian kernel"],
  [/^debian-[a-z]+-[0-9a-f]+$/, "debian"],
];

/** What a folder of that name is. Pure. */
export function kindOf(name: string): CachedKind {
  return kinds.find(([pattern]) => pattern.test(name))?.[1] ?? "unknown";
}
