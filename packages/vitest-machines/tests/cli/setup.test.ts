import { stripVTControlCharacters } from "node:util";
import { aptCommand, installPackages, missingTools, toolCatalog, type ToolName } from "@vitest-machines/host";
import { tiny } from "@vitest-machines/images";
import { beforeEach, expect, test, vi } from "vitest";
import { setup } from "../../src/cli/commands/setup.ts";

vi.mock(import("@vitest-machines/host"), async (original) => ({
  ...(await original()),
  acceleratorVerdict: vi.fn(async () => ({ accelerator: "tcg" as const, reason: "No KVM.", cached: true })),
  aptCommand: vi.fn(async () => undefined),
  hostDistribution: () => "debian" as const,
  installPackages: vi.fn(async () => undefined),
  missingTools: vi.fn(() => []),
}));
vi.mock(import("@vitest-machines/images"), async (original) => ({ ...(await original()), tiny: vi.fn() }));

const files = { digest: "d", kernel: "/k", kernelParams: [] };
const prepare = vi.fn<ReturnType<typeof tiny>["prepare"]>(async () => files);

beforeEach(() => {
  prepare.mockImplementation(async () => files);
  vi.mocked(tiny).mockReturnValue({ name: "tiny", key: "k", defaultMemoryMiB: 1, prepare });
});

async function run(...argv: string[]): Promise<{ exitCode: number; notes: string[] }> {
  const notes: string[] = [];
  const note = (line: string): void => void notes.push(stripVTControlCharacters(line));
  return { exitCode: await setup.run(argv, { out: note, note }), notes };
}

const missing = (...names: ToolName[]): void => {
  vi.mocked(missingTools).mockReturnValueOnce(names.map((name) => toolCatalog[name]));
};

test("says which accelerator there is when all is there, or nothing at all if asked", async () => {
  expect(await run()).toEqual({
    exitCode: 0,
    notes: ["accelerator  tcg: No KVM.", expect.stringMatching(/^Ready after \d+\.\d s\.$/)],
  });
  expect(await run("--quiet")).toEqual({ exitCode: 0, notes: [] });
});

test("installs each missing package once, where it may", async () => {
  missing("vde_switch", "wirefilter", "qemu-img");
  vi.mocked(aptCommand).mockResolvedValueOnce(["apt-get"]);
  expect((await run("--quiet")).notes).toEqual(["packages  installing qemu-utils, vde2"]);
  expect(installPackages).toHaveBeenCalledExactlyOnceWith(["apt-get"], ["qemu-utils", "vde2"]);
});

test("where it may not, it prints the command and stops before it builds anything", async () => {
  missing("vde_switch", "wirefilter");
  await expect(run()).rejects.toMatchObject({
    code: "TOOL_MISSING",
    message: expect.stringMatching(/vde_switch is missing: needed to connect[^]*Debian\/Ubuntu: apt install vde2\.$/),
  });
  expect(prepare).not.toHaveBeenCalled();
});

test("what only a feature needs is told and does not stop it", async () => {
  missing("wirefilter");
  const { exitCode, notes } = await run("--quiet");
  expect(exitCode).toBe(0);
  expect(notes.join("\n")).toContain("wirefilter is missing: needed to delay, lose or damage packets on a link");
});

test("the image's progress is told phase by phase, its notices in full", async () => {
  prepare.mockImplementation(async ({ onProgress, onNotice } = {}) => {
    for (const fraction of [0.1, 0.5]) onProgress?.({ image: "tiny", phase: "downloading packages", fraction });
    onNotice?.("waiting for another process");
    onProgress?.({ image: "tiny", phase: "packing the initramfs" });
    return files;
  });
  expect((await run("--quiet")).notes).toEqual([
    "tiny  downloading packages",
    "tiny  waiting for another process",
    "tiny  packing the initramfs",
  ]);
});
