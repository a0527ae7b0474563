import type { DebianSuite } from "../apt/suite.ts";

/** A file of an image. */
export interface DebianFile {
  content: string | Uint8Array;
  /** Permissions, such as `0o755`. Default `0o644`. */
  mode?: number | undefined;
  /** `"user"` or `"user:group"`, of the image or of `users`. Default `"root:root"`. */
  owner?: string | undefined;
}

/** A systemd unit of an image. */
export interface DebianUnit {
  /** The whole unit file. */
  text: string;
  /**
   * Whether it is started at boot, as its `[Install]` section says. Default: true where it has one, but for templates
   * (`job@.service`) without a `DefaultInstance=`.
   */
  enabled?: boolean | undefined;
}

export interface DebianUser {
  /** Default: the next free one from 1000 on. */
  uid?: number | undefined;
  /** Groups beside the user's own. They must exist: packages make them. Default `[]`. */
  groups?: readonly string[] | undefined;
  /** Default `/bin/bash`. */
  shell?: string | undefined;
  /** In clear text: whoever has the image has it. Default: none, and no login by password. */
  password?: string | undefined;
}

export interface DebianOptions {
  /** Debian release, by name or number. Default `"bookworm"` (12). */
  suite?: DebianSuite | undefined;
  /** Packages of Debian's `main` beside systemd, dbus, udev, iproute2 and ping; without what they only recommend. Default `[]`. */
  packages?: readonly string[] | undefined;
  /** Files by absolute path. Folders on the way are made, 0755 and root's. They are written after packages are installed. */
  files?: Readonly<Record<string, string | Uint8Array | DebianFile>> | undefined;
  /** systemd units by name, such as `"web.service"`, for `/etc/systemd/system`. */
  units?: Readonly<Record<string, string | DebianUnit>> | undefined;
  /** Users by name, each with a home folder under `/home`. */
  users?: Readonly<Record<string, DebianUser>> | undefined;
  /**
   * Commands for `sh`, run one after the other as root within the image, after everything else, at a time when neither
   * systemd nor a network is there. One that fails ends the build.
   */
  run?: readonly string[] | undefined;
  /**
   * `"cloud"`: virtual devices only, the quicker one. `"generic"`: every driver of Debian's, such as graphics, sound and
   * USB. Default `"cloud"`.
   */
  kernel?: "cloud" | "generic" | undefined;
  /** Of the disk: `"4G"`, `"900M"` or a number of MiB. It takes only the room that is used. Default `"4G"`. */
  size?: string | number | undefined;
  /**
   * An archive to take the packages from, such as `http://ftp.de.debian.org/debian` or a snapshot,
   * `https://snapshot.debian.org/archive/debian/20260101T000000Z`. It must be signed by Debian. Default: what the host's apt uses.
   */
  mirror?: string | undefined;
}
