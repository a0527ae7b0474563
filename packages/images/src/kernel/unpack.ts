import { gunzipSync } from "node:zlib";
import { findTool, hostDistribution, installAdvice, MachinesError } from "@vitest-machines/host";
import type { KernelPayload } from "./boot-header.ts";
import { unpackLegacyLz4 } from "./lz4-legacy.ts";

const packages = {
  xz: { debian: "xz-utils", fedora: "xz", arch: "xz", nix: "xz" },
  zstd: { debian: "zstd", fedora: "zstd", arch: "zstd", nix: "zstd" },
};

/**
 * Unpacks what Debian compresses kernels and modules with. Node knows neither LZ4 nor xz, and zstd only since 22.15.
 * @throws MachinesError TOOL_MISSING without the host's xz or zstd, where one is needed
 */
export async function unpack({ compression, bytes }: KernelPayload, signal?: AbortSignal): Promise<Uint8Array> {
  switch (compression) {
    case "lz4":
      return unpackLegacyLz4(bytes);
    case "gzip":
      return gunzipSync(bytes);
    case "xz":
    case "zstd": {
      const tool = requireUnpacker(compression);
      const options = {
        input: bytes,
        encoding: "buffer",
        maxBuffer: 1 << 30,
        ...(signal && { cancelSignal: signal }),
      } as const;
      // It takes long to load, and is only needed for building images.
      const { execa } = await import("execa");
      return (await execa(tool, ["-dc"], options)).stdout;
    }
    case "unknown":
      throw new RangeError("compressed with a method that is not known here");
  }
}

function requireUnpacker(name: "xz" | "zstd"): string {
  const path = findTool(name);
  if (path !== undefined) return path;
  throw new MachinesError("TOOL_MISSING", `${name} not found in PATH. Needed for unpacking the tiny image's kernel.`, {
    facts: { tool: name },
    hint: installAdvice(hostDistribution(), (distribution) => [packages[name][distribution]]),
  });
}
