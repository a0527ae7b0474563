// Compiles the agent: one static binary per architecture that a C compiler is there for. Needs no dependency.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const sourceFolder = join(here, "src");
const outputFolder = join(here, "dist");

const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

const flags = [
  ...["-static", "-Os", "-std=gnu11", "-D_GNU_SOURCE", `-DAGENT_VERSION="${version}"`, "-Wall", "-Wextra", "-Werror"],
  // One image, as small as it gets: what nobody calls is dropped, and there are neither unwind tables nor page padding.
  ...["-flto", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-s"],
  ...["-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-ident"],
  ...["-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-Wl,--build-id=none"],
];

const native = process.arch === "arm64" ? "aarch64" : "x86_64";
// musl's folder has no kernel headers; searched last, those of the system do not shadow what musl has.
const kernelHeaders = ["/usr/include", `/usr/include/${native}-linux-gnu`].flatMap((folder) => ["-idirafter", folder]);

function compilersFor(architecture) {
  const musl = { command: `${architecture}-linux-musl-gcc`, extra: architecture === native ? kernelHeaders : [] };
  if (architecture === native) return [{ command: "musl-gcc", extra: kernelHeaders }, musl];
  // Its C library makes the binary larger, but as independent.
  return [musl, { command: `${architecture}-linux-gnu-gcc`, extra: [] }];
}

function sourceHash() {
  const hash = createHash("sha256")
    .update(version)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(sourceFolder).sort()) {
    if (/\.[ch]$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(sourceFolder, name)));
  }
  return hash.digest("hex");
}

function findInPath(command) {
  const folders = (process.env.PATH ?? "").split(":");
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

/**
 * What a kernel loads: the names and headers of sections, which are for linkers and debuggers, come after that. objcopy does
 * this from binutils 2.41 on (--strip-section-headers); Debian 12 has 2.40.
 */
function withoutSections(binary) {
  const [segments, size, count] = [
    Number(binary.readBigUInt64LE(0x20)),
    binary.readUInt16LE(0x36),
    binary.readUInt16LE(0x38),
  ];
  const ends = Array.from({ length: count }, (_, index) => {
    const at = segments + index * size;
    return Number(binary.readBigUInt64LE(at + 0x08) + binary.readBigUInt64LE(at + 0x20));
  });
  // The header's fields of sections: where they are (8 bytes); how long each is, how many, which has the names (2 each).
  binary.fill(0, 0x28, 0x30).fill(0, 0x3a, 0x40);
  return binary.subarray(0, Math.max(...ends));
}

function compile(architecture, hash) {
  const binary = join(outputFolder, `agent-${architecture}`);
  const stamp = `${binary}.sources`;
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return "unchanged";
  const compiler = compilersFor(architecture).find(({ command }) => findInPath(command));
  if (!compiler) return existsSync(binary) ? "prebuilt" : "no compiler";
  // In order: the same sources make the same binary, which images are named by.
  const sources = readdirSync(sourceFolder)
    .filter((name) => name.endsWith(".c"))
    .sort();
  const temporary = `${binary}.${process.pid}.tmp`;
  const result = spawnSync(compiler.command, [...flags, ...compiler.extra, ...sources, "-o", temporary], {
    cwd: sourceFolder,
    encoding: "utf8",
  });
  if (result.status !== 0) {
    rmSync(temporary, { force: true });
    throw new Error(`${compiler.command} could not compile the agent:\n${result.error ?? result.stderr}`);
  }
  writeFileSync(temporary, withoutSections(readFileSync(temporary)));
  chmodSync(temporary, 0o755);
  // Renamed, so that a build that is interrupted or runs twice at once never leaves half a binary.
  renameSync(temporary, binary);
  writeFileSync(stamp, hash);
  return "built";
}

mkdirSync(outputFolder, { recursive: true });
const hash = sourceHash();
let failed = false;
for (const architecture of ["x86_64", "aarch64"]) {
  let outcome;
  try {
    outcome = compile(architecture, hash);
  } catch (error) {
    // A broken cross compiler must not stop those who do not need it.
    console.error(error.message);
    outcome = "failed";
    if (architecture === native) failed = true;
  }
  if (outcome === "built")
    console.log(`agent-${architecture}: ${readFileSync(join(outputFolder, `agent-${architecture}`)).length} bytes`);
  if (outcome === "prebuilt")
    console.warn(`agent-${architecture}: no C compiler found, keeping the binary that is there`);
  if (outcome === "no compiler" && architecture === native) {
    console.error(
      `No C compiler for the guest agent (agent-${architecture}): looked for ` +
        `${compilersFor(architecture)
          .map(({ command }) => command)
          .join(", ")} in PATH.\n` +
        "Install musl's: Debian/Ubuntu: apt install musl-tools · Fedora: dnf install musl-gcc · Arch: pacman -S musl · " +
        "Nix: nix-shell -p musl.dev",
    );
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
