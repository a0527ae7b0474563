import { cacheFolder, isMachinesError } from "@vitest-machines/host";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { providePackages } from "../../src/apt/provide-packages.ts";
import type { PrepareOptions } from "../../src/image.ts";
import { parseLock } from "../../src/lock/lock-file.ts";
import { updateLock } from "../../src/lock/update-lock.ts";
import { tiny } from "../../src/tiny/tiny.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A project of its own, whose lock file says `text`. */
function project(text: string, folder = temporaryFolder()): string {
  writeFileSync(join(folder, "machines.lock"), text);
  return folder;
}

const lockText = (folder: string): string => readFileSync(join(folder, "machines.lock"), "utf8");

async function failure(options: PrepareOptions): Promise<string> {
  const error: unknown = await tiny()
    .prepare(options)
    .catch((reason: unknown) => reason);
  expect(isMachinesError(error)).toBe(true);
  return (error as Error).message;
}

describe("a project with a lock file", () => {
  let locked = "";
  beforeAll(async () => {
    vi.stubEnv("CI", "");
    const folder = project('{ "lockVersion": 1, "images": [] }', mkdtempSync(join(tmpdir(), "vm-lock-")));
    const notices: string[] = [];
    await tiny().prepare({ projectFolder: folder, onNotice: (text) => notices.push(text) });
    expect(notices).toContain(`added to ${join(folder, "machines.lock")}: bookworm, cloud kernel`);
    locked = lockText(folder);
    expect(Object.keys((JSON.parse(locked) as { images: [{ resolved: object }] }).images[0].resolved)).toEqual([
      "busybox-static",
      expect.stringMatching(/^linux-image-6\.1\.0-\d+-cloud-amd64$/),
      "linux-image-cloud-amd64",
    ]);
    return () => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    };
  });

  test("has the same image again, also where CI is set, and asks nobody", async () => {
    vi.stubEnv("CI", "true");
    const projectFolder = project(locked);
    const onNotice = (text: string): never => expect.unreachable(text);
    const first = await tiny().prepare({ projectFolder, onNotice });
    expect(await tiny().prepare({ projectFolder, onNotice })).toEqual(first);
    expect(lockText(projectFolder)).toBe(locked);
    vi.stubEnv("CI", "");
  });

  test("needs no mirror for packages that were downloaded before", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const [entry] = parseLock(locked, "machines.lock");
    const folder = temporaryFolder();
    const { packages } = await providePackages({
      ...{ image: "tiny", release: "bookworm", mirror: `http://127.0.0.1:${port}/debian`, folder, asked: [] },
      ...{ archives: join(cacheFolder(), "images/packages"), locked: entry?.packages ?? [] },
      onProgress: (phase) => expect.unreachable(phase),
      onNotice: (text) => expect.unreachable(text),
    });
    expect(packages).toHaveLength(3);
    expect(existsSync(join(folder, "packages/busybox-static.deb"))).toBe(true);
  });

  test("gets no other file under the name of what is locked, and what the mirror has now after an update", async () => {
    const cache = temporaryFolder();
    vi.stubEnv("VITEST_MACHINES_CACHE", cache);
    onTestFinished(() => void vi.stubEnv("VITEST_MACHINES_CACHE", undefined));
    await mkdir(join(cache, "images"));
    const [, version = ""] = /"busybox-static": "(\S+) /.exec(locked) ?? [];
    const old = locked.replace(version, "1:1.0-1");
    const forged = locked.replace(/("busybox-static": "\S+ sha256:)[0-9a-f]{64}/, `$1${"0".repeat(64)}`);
    expect(await failure({ projectFolder: project(forged) })).toContain(
      `busybox-static ${version} of the mirror is not the one of machines.lock: nothing was installed`,
    );
    const left = readdirSync(join(cache, "images")).filter((name) => !name.endsWith(".lock") && name !== "packages");
    expect(left).toEqual([]);
    expect(readdirSync(join(cache, "images/packages")).filter((name) => name.endsWith(".deb"))).toEqual([]);

    const folder = project(old);
    const { entries } = await updateLock(folder);
    expect(entries).toEqual([
      {
        name: "bookworm, cloud kernel",
        packages: 3,
        changes: [{ name: "busybox-static", before: "1:1.0-1", after: version }],
      },
    ]);
    expect(lockText(folder)).toBe(locked);
  });
});
