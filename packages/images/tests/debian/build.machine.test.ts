import { execFile } from "node:child_process";
import { cacheFolder, isMachinesError, sha256OfFile } from "@vitest-machines/host";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { debian } from "../../src/debian/debian.ts";
import type { DebianOptions } from "../../src/debian/options.ts";
import { kernelStage } from "../../src/debian/kernel-stage.ts";
import { rootStage } from "../../src/debian/root-stage.ts";
import { debianSpec } from "../../src/debian/spec.ts";

const failure = async (options: DebianOptions, signal?: AbortSignal): Promise<{ code: string; message: string }> => {
  const error: unknown = await debian(options)
    .prepare({ signal })
    .then(
      () => new Error("it was built"),
      (reason: unknown) => reason,
    );
  if (!isMachinesError(error)) throw error;
  return { code: error.code, message: error.message };
};

const ignored = { archives: "", onProgress: () => undefined, onNotice: () => undefined };

const unfinished = async (): Promise<string[]> =>
  (await readdir(join(cacheFolder(), "images"))).filter((name) => name.startsWith("."));

describe("a Debian image that cannot be built says why, and leaves nothing half-made", () => {
  it("because a package is not there: with the nearest names", async () => {
    const { code, message } = await failure({ packages: ["ngnix-light", "no-such-thing-at-all-anywhere"] });
    expect(code).toBe("IMAGE_BUILD_FAILED");
    expect(message).toContain("there is no packages ngnix-light, no-such-thing-at-all-anywhere");
    expect(message).toContain("For ngnix-light there are: nginx-light.");
    expect(message).toContain("Nothing is called like no-such-thing-at-all-anywhere.");
    expect(await unfinished()).toEqual([]);
  });

  it("because the mirror cannot be reached", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const { code, message } = await failure({ mirror: `http://127.0.0.1:${port}/debian` });
    expect(code).toBe("IMAGE_BUILD_FAILED");
    expect(message).toContain("The mirror cannot be reached.");
    expect(await unfinished()).toEqual([]);
  });

  it("because nobody has signed what the mirror offers", async () => {
    const release = "Origin: Debian\nSuite: bookworm\nCodename: bookworm\nComponents: main\nArchitectures: amd64\n";
    const server = createHttpServer((request, response) => {
      const isRelease = request.url?.endsWith("/bookworm/Release") === true;
      response.writeHead(isRelease ? 200 : 404).end(isRelease ? release : "");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, message } = await failure({ mirror: `http://127.0.0.1:${port}/debian` });
    server.close();
    expect(code).toBe("IMAGE_BUILD_FAILED");
    expect(message).toContain("The archive's signatures cannot be checked.");
  });

  it("because one of its commands failed: with its words", async () => {
    const { code, message } = await failure({ run: ["echo before; echo why >&2; exit 3"] });
    expect(code).toBe("IMAGE_BUILD_FAILED");
    expect(message).toContain("cannot build the debian image: the command failed: echo before; echo why >&2; exit 3");
    // What it says as an error may come after what mmdebstrap says of it.
    for (const word of [/^before$/m, /^why$/m]) expect(message).toMatch(word);
    expect(await unfinished()).toEqual([]);
  });

  it("because it was given up", async () => {
    const giveUp = AbortSignal.timeout(700);
    const { code } = await failure({ run: ["sleep 60"] }, giveUp);
    expect(code).toBe("ABORTED");
    expect(await unfinished()).toEqual([]);
  });
});

it("a Debian system has the packages that its manifest names, and no others", async () => {
  await debian().prepare();
  const { name } = rootStage({ spec: debianSpec({}), ...ignored });
  const folder = join(cacheFolder(), "images", name);
  const { manifest } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as {
    manifest: { packages: Record<string, string> };
  };
  const status = ["--zstd", "-xOf", join(folder, "root.tar.zst"), "./var/lib/dpkg/status"];
  const { stdout } = await promisify(execFile)("tar", status, { maxBuffer: 2 ** 24 });
  const paragraphs = stdout.split("\n\n").filter((text) => text.includes("\nStatus: install ok installed\n"));
  const field = (text: string, name: string): string => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1] ?? "";
  const installed = Object.fromEntries(paragraphs.map((text) => [field(text, "Package"), field(text, "Version")]));
  expect(installed).toEqual(manifest.packages);
  expect(Object.keys(manifest.packages)).toContain("apt");
});

describe("a cache of its own", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "debian cache "));
    vi.stubEnv("VITEST_MACHINES_CACHE", folder);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it("makes the same disk twice, byte by byte", async () => {
    const options: DebianOptions = {
      files: { "/srv/page": "hello" },
      users: { alice: { groups: ["audio"] } },
      units: { "idle.service": "[Service]\nExecStart=true\n[Install]\nWantedBy=multi-user.target" },
      run: ["mkdir /srv/deeper; date > /dev/null; ln -s page /srv/link"],
      size: "600M",
    };
    vi.unstubAllEnvs();
    await debian().prepare();
    const shared = join(cacheFolder(), "images");
    const spec = debianSpec({});
    const stages = [
      kernelStage({ image: "debian", release: spec.release, flavour: spec.kernel, ...ignored }).name,
      rootStage({ spec, ...ignored }).name,
    ];
    const digests: string[] = [];
    for (const cache of ["one", "two"]) {
      // Only the disk is made here.
      const images = join(folder, cache, "images");
      await mkdir(images, { recursive: true });
      await Promise.all(stages.map((name) => cp(join(shared, name), join(images, name), { recursive: true })));
      vi.stubEnv("VITEST_MACHINES_CACHE", join(folder, cache));
      const { disk } = await debian(options).prepare();
      digests.push(await sha256OfFile(disk?.path ?? ""));
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it.runIf(process.env["NIGHTLY"])("has the same system twice, byte by byte, from the same packages", async () => {
    const digests: unknown[] = [];
    for (const cache of ["one", "two"]) {
      vi.stubEnv("VITEST_MACHINES_CACHE", join(folder, cache));
      await debian().prepare();
      const images = join(folder, cache, "images");
      const [name = ""] = (await readdir(images)).filter((entry) => /^debian-packages-\w+-\w+$/.test(entry));
      digests.push(
        (JSON.parse(await readFile(join(images, name, "manifest.json"), "utf8")) as { manifest: { files: unknown } })
          .manifest.files,
      );
    }
    expect(digests[0]).toEqual(digests[1]);
  });
});
