import { describe, expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: {} } });
const box = () => lab.machine("box");
const soon = { timeout: 400 };
const seconds = String.raw`\d+\.\d s`;

describe("waitUntilSucceeds", () => {
  it("tries until it does, and returns the stdout of that attempt", async () => {
    await box().succeed("(sleep 0.5; echo 7 > /tmp/new; mv /tmp/new /tmp/number) > /dev/null 2>&1 &");
    expect(await box().waitUntilSucceeds("cat /tmp/number")).toBe("7\n");
  });

  it("says how long, how often, what the last attempt did, and that the machine lives", async () => {
    const message = await messageOf(box().waitUntilSucceeds("echo out; echo not yet >&2; exit 5", soon));
    expect(message).toMatch(
      new RegExp(
        `^WAIT_TIMEOUT: box: waited ${seconds} for \`echo out; echo not yet >&2; exit 5\` to succeed, in vain \\(\\d+ attempts?\\)\\.\n` +
          "Last seen: exit code 5 after \\d+ ms\nstderr:\nnot yet\nstdout:\nout\n" +
          "The machine is up and its agent answers\\.\nbox's console",
      ),
    );
  });

  it("kills an attempt after its own time, and goes on", async () => {
    const hangsTwice = "echo x >> /tmp/tries; test $(wc -l < /tmp/tries) -gt 2 || sleep 65; echo third";
    expect(await box().waitUntilSucceeds(hangsTwice, { attemptTimeout: 300, timeout: 20_000 })).toBe("third\n");
    await box().fail("pidof sleep");
  });

  it("kills the last attempt when the whole time is over, and says that it hung", async () => {
    const message = await messageOf(box().waitUntilSucceeds("echo hanging; sleep 66", { timeout: 1_200 }));
    expect(message).toMatch(
      /in vain \(1 attempt\)\.\nLast seen: it was still running after \d{4} ms and was killed\nstdout:\nhanging\n/,
    );
    await box().fail("pidof sleep");
  });
});

describe("waitUntilFails", () => {
  it("tries until it does", async () => {
    await box().succeed("touch /tmp/there; (sleep 0.3; rm /tmp/there) > /dev/null 2>&1 &");
    await box().waitUntilFails("test -e /tmp/there");
  });

  it("says what still succeeds", async () => {
    expect(await messageOf(box().waitUntilFails("echo still here", soon))).toMatch(
      new RegExp(`waited ${seconds} for \`echo still here\` to fail, in vain .*\nLast seen: exit code 0 after`),
    );
  });
});

describe("waitForFile", () => {
  it("sees a file appear", async () => {
    await box().succeed("(sleep 0.3; touch /tmp/appears) > /dev/null 2>&1 &");
    await box().waitForFile("/tmp/appears");
    await box().succeed("test -e /tmp/appears");
  });

  it("says what is missing", async () => {
    const message = await messageOf(box().waitForFile("/tmp/missing", soon));
    expect(message).toMatch(
      new RegExp(
        `^WAIT_TIMEOUT: box: waited ${seconds} for /tmp/missing to exist, in vain \\(\\d+ attempts?\\)\\.\n` +
          "Last seen: no such file or directory\nThe machine is up and its agent answers\\.\n",
      ),
    );
  });
});

describe("ports", () => {
  it("are seen to open and to close", async () => {
    await box().succeed("(sleep 0.3; httpd -p 8080) > /dev/null 2>&1 &");
    await box().waitForOpenPort(8080);
    await box().waitForOpenPort(8080, { host: "127.0.0.1" });
    await box().succeed("(sleep 0.3; killall httpd) > /dev/null 2>&1 &");
    await box().waitForClosedPort(8080);
  });

  it("that stay closed or open are said to", async () => {
    expect(await messageOf(box().waitForOpenPort(81, soon))).toMatch(
      new RegExp(
        `^WAIT_TIMEOUT: box: waited ${seconds} for port 81 of localhost to open, in vain .*\nLast seen: connection refused\n`,
      ),
    );
    await box().succeed("httpd -p 8081");
    expect(await messageOf(box().waitForClosedPort(8081, { ...soon, host: "127.0.0.1" }))).toMatch(
      new RegExp(`waited ${seconds} for port 8081 of 127\\.0\\.0\\.1 to close, in vain .*\nLast seen: open\n`),
    );
  });

  it("that are none are refused", async () => {
    expect(await messageOf(box().waitForOpenPort(65_536))).toBe(
      "DECLARATION_INVALID: port: 65536 is not a port.\nValid: whole numbers from 1 to 65535.",
    );
  });
});

describe("a signal ends a wait, which says as much as a time-out does", () => {
  const soon = (): { signal: AbortSignal } => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 300);
    return { signal: controller.signal };
  };

  it.each<[string, (options: { signal: AbortSignal }) => Promise<unknown>, RegExp]>([
    [
      "of the guest's own watching",
      (options) => box().waitForOpenPort(81, options),
      /^ABORTED: box: waited 0\.\d s for port 81 of localhost to open, in vain \(\d+ attempts\): enough\.\nLast seen: connection refused/,
    ],
    [
      "of a command that is tried again",
      (options) => box().waitUntilSucceeds("echo no; false", options),
      /^ABORTED: box: waited 0\.\d s for `echo no; false` to succeed, in vain \(\d+ attempts?\): enough\.\nLast seen: exit code 1/,
    ],
    [
      "of a command while it runs",
      (options) => box().waitUntilSucceeds("echo begun; sleep 60", options),
      /^ABORTED: box: waited 0\.\d s for `echo begun; sleep 60` to succeed, in vain \(1 attempt\): enough\.\nLast seen: its first attempt had not ended\n/,
    ],
    [
      "of the console",
      (options) => box().waitForConsoleText(/never/, options),
      /^ABORTED: box: waited 0\.\d s for \/never\/ on the console, in vain: enough\.\nLast seen: \d+ lines/,
    ],
  ])("%s", async (_what, wait, message) => {
    const text = await messageOf(wait(soon()));
    expect(text).toMatch(message);
    expect(text).toContain("The machine is up and its agent answers.");
  });
});
