import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { agentBinary } from "../src/index.ts";

describe("the agent's binary", () => {
  const native = process.arch === "arm64" ? "aarch64" : "x86_64";

  it("is smaller than 64 KiB", () => {
    expect(statSync(agentBinary(native)).size).toBeLessThan(64 * 1024);
  });

  it("needs no interpreter and no library", () => {
    const bytes = readFileSync(agentBinary(native));
    const programHeaders = Number(bytes.readBigUInt64LE(0x20));
    const types = Array.from({ length: bytes.readUInt16LE(0x38) }, (_, index) =>
      bytes.readUInt32LE(programHeaders + index * bytes.readUInt16LE(0x36)),
    );
    const [dynamic, interpreter] = [2, 3];
    expect(types).not.toContain(dynamic);
    expect(types).not.toContain(interpreter);
  });

  it("tells its version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(execFileSync(agentBinary(native), ["--version"], { encoding: "utf8" })).toBe(`${version}\n`);
  });

  it("explains itself when it is called wrongly", () => {
    expect(() => execFileSync(agentBinary(native), ["--nonsense"], { stdio: "pipe" })).toThrow(/usage: .*--port NAME/);
  });
});
