import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LayerStore } from "@vitest-machines/driver";
import { MachinesError } from "@vitest-machines/host";
import type { Image } from "@vitest-machines/images";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { checkAccelerator } from "../../src/cli/doctor/checks/accelerator.ts";
import { checkAgent } from "../../src/cli/doctor/checks/agent.ts";
import { checkBudget } from "../../src/cli/doctor/checks/budget.ts";
import { checkDisk } from "../../src/cli/doctor/checks/disk.ts";
import { checkImage } from "../../src/cli/doctor/checks/image.ts";
import { checkLayers } from "../../src/cli/doctor/checks/layers.ts";
import { checkTools } from "../../src/cli/doctor/checks/tools.ts";
import { checkUserNamespaces } from "../../src/cli/doctor/checks/user-namespaces.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("tools", () => {
  test("a tool that is there comes with version and path", async () => {
    const finding = (await checkTools(true)).find(({ id }) => id === "tool.flock");
    expect(finding).toMatchObject({ status: "ok", facts: { path: expect.stringMatching(/\/flock$/) } });
    expect(finding?.detail).toMatch(/^\d+\.\d+\S* {2}\/.*flock$/);
  });

  test("what nothing boots without is a failure, with its purpose and its package; the rest is a warning", async () => {
    vi.stubEnv("PATH", "/nowhere");
    const findings = Object.fromEntries((await checkTools(true)).map((finding) => [finding.id, finding]));
    expect(findings["tool.vde_switch"]).toMatchObject({
      status: "fail",
      detail: "not found in PATH; needed to connect machines to each other",
      fix: expect.stringContaining("vde2"),
      facts: { path: null, version: null },
    });
    expect(findings["tool.wirefilter"]?.status).toBe("warn");
  });

  test("mmdebstrap is only needed as long as there is no image", async () => {
    vi.stubEnv("PATH", "/nowhere");
    const status = async (imageIsBuilt: boolean): Promise<string | undefined> =>
      (await checkTools(imageIsBuilt)).find(({ id }) => id === "tool.mmdebstrap")?.status;
    expect([await status(true), await status(false)]).toEqual(["warn", "fail"]);
  });
});

describe("accelerator", () => {
  const image = { digest: "d", kernel: "/k", kernelParams: [] };

  test.each([
    ["kvm", "ok", /^KVM\. /],
    ["tcg", "warn", /^emulation \(TCG\), several times slower\. /],
  ])("%s is %s, with the reason", async (accelerator, status, detail) => {
    vi.stubEnv("VITEST_MACHINES_ACCELERATOR", accelerator);
    expect(await checkAccelerator(image)).toMatchObject({
      status,
      detail: expect.stringMatching(detail),
      facts: { accelerator, reason: `VITEST_MACHINES_ACCELERATOR asks for ${accelerator}.` },
    });
  });

  test("without an image the obvious is still told", async () => {
    vi.stubEnv("VITEST_MACHINES_ACCELERATOR", "tcg");
    expect(await checkAccelerator(undefined)).toMatchObject({ facts: { accelerator: "tcg" } });
  });

  test("a setting that makes no sense is a failure with the valid values", async () => {
    vi.stubEnv("VITEST_MACHINES_ACCELERATOR", "hvf");
    expect(await checkAccelerator(image)).toMatchObject({ status: "fail", fix: expect.stringContaining("kvm, tcg") });
  });
});

describe("image", () => {
  const imageThat = (prepare: Image["prepare"]): Image => ({ name: "tiny", key: "k", defaultMemoryMiB: 1, prepare });

  test("one that is there is fine, and is handed on", async () => {
    const files = { digest: "0123456789abcdef", kernel: "/cache/tiny/kernel", kernelParams: [] };
    expect(await checkImage(imageThat(async () => files))).toEqual({
      files,
      finding: expect.objectContaining({ status: "ok", detail: "0123456789ab  /cache/tiny" }),
    });
  });

  test("one that is not there is not built, and said to be missing", async () => {
    const build = vi.fn();
    const { finding, files } = await checkImage(
      imageThat(async ({ signal } = {}) => {
        if (!signal?.aborted) build();
        throw new MachinesError("ABORTED", "stopped");
      }),
    );
    expect(build).not.toHaveBeenCalled();
    expect(files).toBeUndefined();
    expect(finding).toMatchObject({ status: "warn", fix: "npx vitest-machines setup" });
  });

  test("one that cannot be had is a failure with the reason", async () => {
    const image = imageThat(() => Promise.reject(new MachinesError("TOOL_MISSING", "mmdebstrap not found in PATH.")));
    expect((await checkImage(image)).finding).toMatchObject({
      status: "fail",
      detail: "mmdebstrap not found in PATH.",
    });
  });
});

describe("agent", () => {
  test("is where its package says", () => {
    expect(checkAgent(() => "/dist/agent-x86_64")).toMatchObject({ status: "ok", detail: "/dist/agent-x86_64" });
  });

  test("one that was never compiled is a failure, with what its package advises", () => {
    const missing = (): string => {
      throw new Error("The agent is not built.\nInstall a compiler.");
    };
    expect(checkAgent(missing)).toMatchObject({
      status: "fail",
      detail: "The agent is not built.",
      fix: "Install a compiler.",
    });
  });
});

test("the budget is told in words and figures, and a small one is a warning", () => {
  expect(checkBudget()).toMatchObject({
    status: expect.stringMatching(/ok|warn/),
    detail: expect.stringMatching(/^\d+ of \d+ MiB free, \d+ CPUs?; clusters may use \d+ MiB and \d+ vCPUs at once$/),
  });
  vi.stubEnv("VITEST_MACHINES_BUDGET_MIB", "512");
  expect(checkBudget()).toMatchObject({ status: "warn", facts: { budgetMiB: 512 } });
});

test("both folders are measured, whether or not they existed before", async () => {
  const base = mkdtempSync(join(tmpdir(), "vm-doctor-"));
  onTestFinished(() => rmSync(base, { recursive: true }));
  vi.stubEnv("VITEST_MACHINES_CACHE", join(base, "cache"));
  const findings = await checkDisk(true);
  expect(findings.map(({ id }) => id)).toEqual(["disk.cache", "disk.runtime"]);
  expect(findings[0]?.facts).toMatchObject({ path: join(base, "cache"), freeMiB: expect.any(Number) });
});

test("user namespaces are tried out, and not needed by what there is", async () => {
  const { status, facts } = await checkUserNamespaces();
  expect(status).toBe(facts?.["usable"] === true ? "ok" : "warn");
});

describe("layers", () => {
  const roots: string[] = [];
  afterEach(() => roots.splice(0).forEach((root) => rmSync(root, { recursive: true })));
  const store = (): LayerStore => {
    const root = mkdtempSync(join(tmpdir(), "vm-doctor-"));
    roots.push(root);
    return new LayerStore({ root, limits: { maxBytes: 1024 ** 3 } });
  };

  test("are counted, with what they take and may take", async () => {
    const layers = store();
    const layer = await layers.obtain("abc", {}, async (folder) => {
      writeFileSync(join(folder, "ram"), Buffer.alloc(2 * 1024 ** 2, 1));
      return { files: ["ram"], facts: {} };
    });
    await layer?.release();
    expect(await checkLayers(() => layers)).toMatchObject({
      status: "ok",
      detail: `1 in 2 of 1024 MiB  ${layers.root}`,
      facts: { layers: 1, usedMiB: 2, limitMiB: 1024 },
    });
  });

  test("that cannot be used are told, and how to get rid of them", async () => {
    const layers = store();
    mkdirSync(join(layers.root, "abc"), { recursive: true });
    writeFileSync(join(layers.root, "abc", "manifest.json"), "{");
    expect(await checkLayers(() => layers)).toMatchObject({
      status: "warn",
      detail: expect.stringContaining("1 cannot be used") as string,
      fix: "npx vitest-machines layers verify --drop",
    });
  });

  test("of a store that others can enter are no reason not to boot", async () => {
    const layers = store();
    chmodSync(layers.root, 0o755);
    expect(await checkLayers(() => layers)).toMatchObject({
      status: "warn",
      detail: expect.stringContaining("others can enter") as string,
    });
  });
});
