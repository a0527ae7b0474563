import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { cluster, debian } from "vitest-machines";

/** The tests that the guest runs by itself: a line of TAP for each, and the exit code at the end. */
const suite = `#!/bin/sh
number=0
check() {
  number=$((number + 1))
  if sh -c "$2" > /dev/null 2>&1; then echo "ok $number - $1"; else echo "not ok $number - $1"; failed=1; fi
}
check "the root is ext4" "findmnt -n -o FSTYPE / | grep -qx ext4"
check "systemd is PID 1" "grep -qx systemd /proc/1/comm"
check "the network is up" "systemctl is-active network-online.target"
echo "1..$number"
exit \${failed:-0}
`;

describe("a guest that tests itself", () => {
  const { it, guest } = cluster({
    nodes: {
      guest: {
        image: debian({
          files: { "/usr/local/bin/run-suite": { content: suite, mode: 0o755 } },
          units: {
            "suite.service": `
[Unit]
Description=The guest's own tests
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'run-suite > /var/lib/result.new; echo $? > /var/lib/result.code; mv /var/lib/result.new /var/lib/result.tap'
`,
          },
        }),
      },
    },
  });

  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "guest suite "));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("leaves a result file, and every line of it says ok", async () => {
    await guest.startJob("suite.service");
    await guest.waitForFile("/var/lib/result.tap");
    await guest.copyToHost("/var/lib/result.tap", join(folder, "result.tap"));
    const lines = (await readFile(join(folder, "result.tap"), "utf8")).trim().split("\n");
    expect(lines.at(-1)).toBe("1..3");
    expect(lines.filter((line) => !line.startsWith("ok ")).slice(0, -1)).toEqual([]);
    expect(await guest.succeed("cat /var/lib/result.code")).toBe("0\n");
  });
});
