import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readManifest } from "@vitest-machines/host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BootFiles } from "../../src/image.ts";
import { tiny } from "../../src/tiny/tiny.ts";
import { bootOnConsole } from "../support/console-machine.ts";

// A cache of its own, in which everything has to be built.
const cache = mkdtempSync(join(tmpdir(), "vm-images-cache-"));
const outerCache = process.env["VITEST_MACHINES_CACHE"];
beforeAll(() => void (process.env["VITEST_MACHINES_CACHE"] = cache));
afterAll(() => {
  if (outerCache === undefined) delete process.env["VITEST_MACHINES_CACHE"];
  else process.env["VITEST_MACHINES_CACHE"] = outerCache;
  rmSync(cache, { recursive: true, force: true });
});

describe.each(["bookworm", "trixie"] as const)("the tiny image of %s", (suite) => {
  const image = tiny({ suite });
  let files: BootFiles;
  const phases: string[] = [];
  beforeAll(async () => {
    files = await image.prepare({ onProgress: ({ phase }) => phases.push(phase) });
  });

  test("was built from signed packages, step by step, into nothing but its folders", () => {
    expect(phases.filter((phase) => !/, [1-9]\S* of/.test(phase))).toEqual([
      "reading package lists",
      expect.stringMatching(/^downloading packages, 0\.0 of \d+ MB$/),
      "unpacking packages",
      "unpacking the kernel",
      "packing the initramfs",
    ]);
    const manifest = readManifest(readFileSync(join(dirname(files.kernel), "manifest.json"), "utf8"));
    expect(manifest.facts).toMatchObject({ suite, kernelFormat: "elf" });
    expect(Object.keys(manifest.packages)).toEqual(
      expect.arrayContaining(["busybox-static", "linux-image-cloud-amd64"]),
    );
    expect(readdirSync(join(cache, "images")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("is found again at once, the same", async () => {
    const start = performance.now();
    expect(await image.prepare({ onProgress: () => expect.unreachable() })).toEqual(files);
    // Some 3 ms; the limit leaves room for a busy host, and none for hashing the kernel.
    expect(performance.now() - start).toBeLessThan(200);
  });

  test("boots in its default memory, with all that a test expects of a machine", async () => {
    const machine = await bootOnConsole(files, "q35", image.defaultMemoryMiB);
    expect(await machine.run("id -u; stat -c %a /tmp /dev/ptmx; ls -1d /dev/pts /dev/shm /run")).toBe(
      "0\n1777\n666\n/dev/pts\n/dev/shm\n/run\n",
    );
    expect(
      await machine.run("for a in nc wget httpd ip ping sh; do command -v $a > /dev/null || echo no $a; done"),
    ).toBe("");
    expect(await machine.run("ip link add link eth0 name eth0.7 type vlan id 7; cat /proc/net/vlan/eth0.7")).toContain(
      "VID: 7",
    );
    expect(await machine.run("ip -o link | cut -d: -f2 | tr -d '\\n'")).toMatch(/lo.*eth0/);
    expect(await machine.run("ping -c1 -q ::1 | grep -c '0% packet loss'")).toBe("1\n");
    expect(
      await machine.run("su user -c 'id -un; cd; touch own; ping -c1 -q 127.0.0.1 | grep -c 0%; cat /etc/shadow'"),
    ).toMatch(/^user\n1\n.*Permission denied\n$/);
  });

  test("keeps its agent alive and its process table clean", async () => {
    const machine = await bootOnConsole(files, "pc", image.defaultMemoryMiB);
    const first = await machine.run("pidof agent");
    expect(first).toMatch(/^\d+\n$/);
    await machine.run("kill -9 $(pidof agent); while ! pidof agent > /dev/null; do sleep 0.05; done");
    expect(await machine.run("pidof agent")).not.toBe(first);
    await machine.run("for i in 1 2 3 4 5; do (sleep 0.1 &) ; done; sleep 0.5");
    expect(await machine.run("grep -l '^State:.Z' /proc/[0-9]*/status")).toBe("");
  });

  test.each([
    ["poweroff", "poweroff\n", /Power down/],
    ["reboot", "reboot\n", /Restarting system/],
    ["a panic", "echo c > /proc/sysrq-trigger\n", /Kernel panic/],
  ])("ends the machine on %s", async (_what, command, lastWords) => {
    const machine = await bootOnConsole(files, "q35", image.defaultMemoryMiB);
    const start = performance.now();
    machine.type(command);
    const { exitCode, console } = await machine.ended();
    expect(exitCode).toBe(0);
    expect(console).toMatch(lastWords);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("reboots in order on ctrl-alt-delete", async () => {
    const machine = await bootOnConsole(files, "q35", image.defaultMemoryMiB);
    const key = (name: string): string => `{"type":"qcode","data":"${name}"}`;
    machine.qmp(`{"execute":"send-key","arguments":{"keys":[${["ctrl", "alt", "delete"].map(key).join()}]}}`);
    expect((await machine.ended()).console).toContain("Restarting system");
  });
});
