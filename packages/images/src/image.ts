/** What building or finding an image reports while it works. */
export interface ImageProgress {
  image: string;
  /** Short, such as `downloading packages` or `packing initramfs`. */
  phase: string;
  /** 0..1 where it is known. */
  fraction?: number | undefined;
}

export interface PrepareOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ImageProgress) => void) | undefined;
  /**
   * Where a project's `machines.lock` is looked for, here and in the folders above up to the repository's. What it locks is
   * installed exactly. Default: the current folder.
   */
  projectFolder?: string | undefined;
  /** Something the user should know and that is not an error: an altered file was found and rebuilt, for example. */
  onNotice?: ((text: string) => void) | undefined;
}

/** An image is a value: declaring one builds nothing. */
export interface Image {
  /** Short name for messages, such as `tiny`. */
  readonly name: string;
  /** Identity of the declaration (not of the built files), stable across processes. */
  readonly key: string;
  /** Memory a machine gets unless its declaration says otherwise, in MiB. */
  readonly defaultMemoryMiB: number;
  /**
   * Of images that machines boot from a disk of: how large it is, in MiB, where that is known before it is built. Machines may
   * have it larger. Undefined for images without a disk.
   */
  readonly disk?: { readonly sizeMiB?: number | undefined } | undefined;
  /** Programs that features of machines need and that it is known not to have, such as `nft`. Default: nothing is known. */
  readonly lacks?: readonly string[] | undefined;
  /** Builds the image, or finds it in the cache, checked. */
  prepare(options?: PrepareOptions): Promise<BootFiles>;
}

/** What QEMU needs to boot a machine from a prepared image; every path is absolute and read-only. */
export interface BootFiles {
  /** SHA-256 over everything that determines how the machine behaves. */
  readonly digest: string;
  /** ELF kernel with a PVH note, or a bzImage. */
  readonly kernel: string;
  readonly initrd?: string | undefined;
  readonly kernelParams: readonly string[];
  /** Root disk that machines get a private overlay of. */
  readonly disk?:
    | {
        readonly path: string;
        readonly format: "raw" | "qcow2";
        /**
         * Program, with its arguments, that makes the guest's file system as large as its disk, for machines that have it
         * larger than the image's. Default: the guest sees to that itself.
         */
        readonly grow?: readonly [string, ...string[]] | undefined;
      }
    | undefined;
  /**
   * Program, with its arguments, that ends when the guest has started everything. What it prints then, if it fails, are
   * the names of what has failed, a line each. Default: the guest is ready when its agent is.
   */
  readonly settled?: readonly [string, ...string[]] | undefined;
  /**
   * Where a guest that starts many things waits until what was declared for one machine, its users and files, is there. With
   * the parameter on the kernel's command line the guest makes the file `wanted` when it can take them, and goes on when the
   * host has made `put`. Default: it takes them as soon as its agent answers, and does not wait.
   */
  readonly contents?: { readonly param: string; readonly wanted: string; readonly put: string } | undefined;
  /**
   * How its cards are made to ask for their addresses by DHCP, for those that are declared so. Default: it knows no way.
   */
  readonly dhcp?:
    | {
        /**
         * Program, with its first arguments; three more follow for each card: its name, its MAC, and `yes` or `no`, whether the boot
         * waits for its address. It ends when somebody asks, or will.
         */
        readonly start: readonly [string, ...string[]];
        /** It is run before the cards have their names, for guests that begin with what wants a network when they have them. */
        readonly isEarly: boolean;
      }
    | undefined;
  /** Program that prints what it is still starting, for people to read, a line each. */
  readonly pending?: readonly [string, ...string[]] | undefined;
  /** Kernel parameter by which a guest is given an id of its own, 32 hexadecimal digits, such as `systemd.machine_id`. */
  readonly machineIdParam?: string | undefined;
  /**
   * Kernel parameter by which a guest is given its name, such as `systemd.hostname`: for what asks for it before the host can
   * have told it. systemd replaces `%H` when it begins to boot.
   */
  readonly hostnameParam?: string | undefined;
  /**
   * Programs, with their arguments, that a machine runs each time that it was forked from a frozen one, after its clock and
   * its entropy were set right: for guests that must be told that time has jumped, for example. Each must succeed.
   */
  readonly afterFork?: readonly (readonly [string, ...string[]])[] | undefined;
}
