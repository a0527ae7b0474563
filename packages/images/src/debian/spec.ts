import { digestOf, onlyKnown, sha256 } from "@vitest-machines/host";
import { releaseOf, type DebianRelease } from "../apt/suite.ts";
import { fileSpec, type FileSpec } from "../content/file-spec.ts";
import { userSpec, type GuestUser } from "../content/user-spec.ts";
import type { DebianOptions, DebianUnit } from "./options.ts";
import { choice, list, matching, record, refusal, sizeMiB, text } from "../content/check.ts";

export interface UnitSpec {
  readonly name: string;
  readonly text: string;
  readonly enabled: boolean;
}

export interface UserSpec extends GuestUser {
  readonly shell: string;
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
  const given = record("debian()", options);
  onlyKnown("debian()", given, Object.keys(keys));
  const packages = list("debian().packages", given["packages"]).map((name, index) =>
    matching(
      `debian().packages[${index}]`,
      name,
      /^[a-z0-9][a-z0-9+.-]+$/,
      "is not the name of a package",
      'names such as "nginx-light"',
    ),
  );
  return {
    release: releaseOf("debian", suiteName(given["suite"] ?? "bookworm")),
    packages: [...new Set(packages)].sort(),
    files: Object.entries(record("debian().files", given["files"])).map(([path, file]) =>
      fileSpec("debian().files", path, file),
    ),
    units: Object.entries(record("debian().units", given["units"])).map(([name, unit]) => unitSpec(name, unit)),
    users: Object.entries(record("debian().users", given["users"])).map(([name, user]) => {
      const { shell = "/bin/bash", ...others } = userSpec("debian().users", name, user);
      return { ...others, shell };
    }),
    run: list("debian().run", given["run"]).map((command, index) => text(`debian().run[${index}]`, command)),
    kernel: choice("debian().kernel", given["kernel"] ?? "cloud", ["cloud", "generic"]),
    sizeMiB: sizeMiB("debian().size", given["size"] ?? "4G"),
    mirror:
      given["mirror"] === undefined
        ? undefined
        : matching(
            "debian().mirror",
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
  return text("debian().suite", typeof suite === "number" ? String(suite) : suite);
}

function unitSpec(name: string, value: unknown): UnitSpec {
  const at = `debian().units[${JSON.stringify(name)}]`;
  const valid = 'names such as "web.service", "web.socket" or "nightly.timer"';
  matching(
    "debian().units",
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
  if (typeof enabled !== "boolean") throw refusal(`${at}.enabled`, enabled, "is not a choice", "true, false");
  return { name, text: content, enabled };
}
