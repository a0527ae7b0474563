import { expect, test } from "vitest";
import { MachinesError } from "@vitest-machines/host";
import { explainBuildFailure, explainingFailures } from "../../src/build/build-failure.ts";
import { readGuestFiles } from "../../src/tiny/guest-files.ts";
import { imageStage } from "../../src/tiny/image-stage.ts";
import { packInitramfs, parseApplets } from "../../src/tiny/initramfs.ts";
import { tiny } from "../../src/tiny/tiny.ts";

test("is a value: declaring one builds nothing and gives a stable identity", () => {
  expect(tiny()).toMatchObject({ name: "tiny", key: "tiny-bookworm", defaultMemoryMiB: 128 });
  expect(tiny({ suite: "12" }).key).toBe(tiny({ suite: "bookworm" }).key);
  expect(tiny({ suite: "13" }).key).toBe("tiny-trixie");
});

test.each(["buster", "", "toString"])("refuses the suite %j and lists the valid ones", (suite) => {
  expect(() => tiny({ suite: suite as "12" })).toThrow(
    /DECLARATION_INVALID.*\nValid suites: 12, 13, bookworm, trixie\./,
  );
});

test("a new agent, init script or suite makes a new image", () => {
  const nameFor = (agent: string, init: string, suite: "bookworm" | "trixie" = "bookworm"): string =>
    imageStage({
      suite,
      agent: Buffer.from(agent),
      files: [{ path: "init", mode: 0o755, content: Buffer.from(init) }],
      packages: () => Promise.reject(new Error("not asked for")),
      onPhase: () => undefined,
    }).name;
  const names = [nameFor("a", "i"), nameFor("b", "i"), nameFor("a", "j"), nameFor("a", "i", "trixie")];
  expect(new Set(names).size).toBe(4);
  expect(nameFor("a", "i")).toBe(names[0]);
});

test("links every applet except the ones that would take over", () => {
  expect(parseApplets("bin/busybox\nbin/sh\nlinuxrc\nsbin/init\nusr/bin/[\n")).toEqual(["bin/sh", "usr/bin/["]);
});

test("every folder of the initramfs comes before what is in it", () => {
  const archive = packInitramfs({
    busybox: Buffer.from("b"),
    applets: ["bin/sh", "sbin/ip", "usr/bin/wget", "usr/sbin/httpd"],
    modules: [{ name: "virtio", content: Buffer.from("m") }],
    onDemand: [],
    kernelVersion: "6.1.0",
    agent: Buffer.from("a"),
    files: readGuestFiles(),
  });
  const names = [...archive.toString("latin1").matchAll(/070701[0-9a-f]{104}([^\0]+)\0/g)].map(([, name = ""]) => name);
  expect(names).toContain("lib/modules/virtio.ko");
  expect(new Set(names).size).toBe(names.length);
  names.forEach((name, index) => {
    const parent = name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : undefined;
    if (parent !== undefined) expect(names.slice(0, index), name).toContain(parent);
  });
});

test.each([
  ["E: Write error - write (28: No space left on device)", /is full: \d+ MB are free now/],
  [
    "E: Failed to fetch http://x  Could not connect to 127.0.0.1:1 (127.0.0.1). - connect (111: Connection refused)",
    /mirror cannot be reached/,
  ],
  ["E: Failed to fetch http://x  Temporary failure resolving 'x'", /mirror cannot be reached/],
  [
    "W: GPG error: http://x InRelease: The following signatures couldn't be verified\nE: NO_PUBKEY 1234",
    /debian-archive-keyring/,
  ],
  ["E: The repository 'http://x trixie Release' does not have a Release file.", /does not carry this suite/],
  ["E: Unable to locate package linux-image-cloud-amd64", /`main` component/],
])("says what to do about: %s", (output, hint) => {
  const error = explainBuildFailure(
    "tiny",
    "mmdebstrap",
    `I: first\n${output}\nE: mmdebstrap failed to run`,
    new Error("exit 25"),
  );
  expect(error.code).toBe("IMAGE_BUILD_FAILED");
  expect(error.summary).toContain(output.slice(output.indexOf("E: ") + 3).split("\n")[0]);
  expect(error.evidence[0]).toContain("E: mmdebstrap failed to run");
  expect(error.hint).toMatch(hint);
});

test("shows only the end of a long output", () => {
  const output = Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n");
  const [evidence = ""] = explainBuildFailure("tiny", "mmdebstrap", output, new Error("exit 1")).evidence;
  expect(evidence.split("\n")).toHaveLength(26);
  expect(evidence).toContain("line 499");
});

test("failures of a build become errors of ours, with the first cause kept", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const failed = await explainingFailures("tiny", undefined, () => Promise.reject(full)).catch(
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({
    code: "IMAGE_BUILD_FAILED",
    hint: expect.stringContaining("is full") as string,
    cause: full,
  });
  const own = new MachinesError("TOOL_MISSING", "no mmdebstrap");
  await expect(explainingFailures("tiny", undefined, () => Promise.reject(own))).rejects.toBe(own);
  const aborted = explainingFailures("tiny", AbortSignal.abort(), () => Promise.reject(full));
  await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
});
