import { digestOf, sha256 } from "@vitest-machines/host";
import { releaseOf, type DebianRelease } from "../apt/suite.ts";
import type { DebianFile, DebianOptions, DebianUnit, DebianUser } from "./options.ts";
import {
  absolutePath,
  choice,
  invalidDebian,
  matching,
  record,
  list,
  mode,
  owner,
  sizeMiB,
  text,
  uid,
} from "./check.ts";

export interface FileSpec {
  readonly path: string;
  readonly mode: number;
  readonly owner: string;
  readonly content: Buffer;
}

export interface UnitSpec {
  readonly name: string;
  readonly text: string;
  readonly enabled: boolean;
}

export interface UserSpec {
  readonly name: string;
  readonly uid: number | undefined;
  readonly groups: readonly string[];
  readonly shell: string;
  readonly password: string | undefined;
}

/** A declared image with everything checked and every default filled in: the same declaration always gives the same. */
export interface DebianSpec {
  readonly release: DebianRelease;
  /** Sorted, each once. */
  readonly packages: readonly string[];
  readonly files: readonly FileSpec[];
  readonly units: readonly UnitSpec[];
  readonly users: readonly UserSpec[];
  readonly run: readonly string[];
  readonly kernel: "cloud" | "generic";
  readonly sizeMiB: number;
  readonly mirror: string | undefined;
}

const keys: Record<keyof DebianOptions, true> = {
  suite: true,
  packages: true,
  files: true,
  units: true,
  users: true,
  run: true,
  kernel: true,
  size: true,
  mirror: true,
};

/** @throws MachinesError DECLARATION_INVALID naming the value, why it is refused and what is valid */
export function debianSpec(options: DebianOptions): DebianSpec {
  const given = record("", options);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(keys, key));
  if (unknown !== undefined) throw invalidDebian("", unknown, "is not an option", Object.keys(keys).join(", "));
  const packages = list("packages", given["packages"]).map((name, index) =>
    matching(
      `packages[${index}]`,
      name,
      /^[a-z0-9][a-z0-9+.-]+$/,
      "is not the name of a package",
      'names such as "nginx-light"',
    ),
  );
  return {
    release: releaseOf("debian", suiteName(given["suite"] ?? "bookworm")),
    packages: [...new Set(packages)].sort(),
    files: Object.entries(record("files", given["files"])).map(([path, file]) => fileSpec(path, file)),
    units: Object.entries(record("units", given["units"])).map(([name, unit]) => unitSpec(name, unit)),
    users: Object.entries(record("users", given["users"])).map(([name, user]) => userSpec(name, user)),
    run: list("run", given["run"]).map((command, index) => text(`run[${index}]`, command)),
    kernel: choice("kernel", given["kernel"] ?? "cloud", ["cloud", "generic"]),
    sizeMiB: sizeMiB("size", given["size"] ?? "4G"),
    mirror:
      given["mirror"] === undefined
        ? undefined
        : matching(
            "mirror",
            given["mirror"],
            /^https?:\/\/[^\s"']+$/,
            "is not an archive",
            "http:// or https:// URLs",
          ).replace(/\/+$/, ""),
  };
}

/** Identity of what is declared, stable across processes. */
export function specDigest({ packages, files, units, users, run, ...rest }: DebianSpec): string {
  return digestOf({
    packages: packages.join(" "),
    files: JSON.stringify(files.map(({ content, ...file }) => ({ ...file, content: sha256(content) }))),
    units: JSON.stringify(units),
    users: JSON.stringify(users),
    run: JSON.stringify(run),
    rest: JSON.stringify(rest),
  });
}

/** In YAML, 12 is a number. */
function suiteName(suite: unknown): string {
  return text("suite", typeof suite === "number" ? String(suite) : suite);
}

function fileSpec(path: string, value: unknown): FileSpec {
  const at = `files[${JSON.stringify(path)}]`;
  absolutePath("files", path);
  const file = (
    typeof value === "string" || value instanceof Uint8Array ? { content: value } : record(at, value)
  ) as Partial<DebianFile>;
  const { content } = file;
  if (typeof content !== "string" && !(content instanceof Uint8Array)) {
    throw invalidDebian(
      `${at}.content`,
      content,
      "is not the content of a file",
      "a string, a Buffer or another Uint8Array",
    );
  }
  return {
    path,
    content: Buffer.from(content as Uint8Array),
    mode: mode(`${at}.mode`, file.mode ?? 0o644),
    owner: owner(`${at}.owner`, file.owner ?? "root:root"),
  };
}

function unitSpec(name: string, value: unknown): UnitSpec {
  const at = `units[${JSON.stringify(name)}]`;
  const valid = 'names such as "web.service", "web.socket" or "nightly.timer"';
  matching(
    "units",
    name,
    /^[\w:@.\\-]+\.(service|socket|timer|path|target|mount|automount|slice|swap)$/,
    "is not the name of a unit",
    valid,
  );
  const unit = (typeof value === "string" ? { text: value } : record(at, value)) as Partial<DebianUnit>;
  const content = text(`${at}.text`, unit.text);
  // A template is nothing to start by itself, unless it says as which instance.
  const startable = !name.includes("@.") || /^DefaultInstance=/m.test(content);
  const enabled: unknown = unit.enabled ?? (startable && /^\[Install\]/m.test(content));
  if (typeof enabled !== "boolean") throw invalidDebian(`${at}.enabled`, enabled, "is not a choice", "true, false");
  return { name, text: content, enabled };
}

function userSpec(name: string, value: unknown): UserSpec {
  const at = `users[${JSON.stringify(name)}]`;
  matching("users", name, /^[a-z_][a-z0-9_-]{0,31}$/, "is not the name of a user", 'names such as "alice"');
  const user = record(at, value) as Partial<Record<keyof DebianUser, unknown>>;
  return {
    name,
    uid: user.uid === undefined ? undefined : uid(`${at}.uid`, user.uid),
    groups: list(`${at}.groups`, user.groups).map((group, index) =>
      matching(
        `${at}.groups[${index}]`,
        group,
        /^[a-z_][a-z0-9_-]{0,31}$/,
        "is not the name of a group",
        'names such as "audio"',
      ),
    ),
    shell: absolutePath(`${at}.shell`, user.shell ?? "/bin/bash"),
    password:
      user.password === undefined
        ? undefined
        : matching(`${at}.password`, user.password, /^[^\n:]+$/, "is not a password", "one line, without colons"),
  };
}
