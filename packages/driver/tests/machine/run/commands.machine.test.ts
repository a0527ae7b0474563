import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: {} } });
const box = () => lab.machine("box");

describe("execute", () => {
  it("tells exit code, both outputs and how long it took, whatever the exit code", async () => {
    const { durationMs, ...result } = await box().execute("echo out; echo err >&2; exit 3");
    expect(result).toEqual({ exitCode: 3, signal: null, stdout: "out\n", stderr: "err\n" });
    expect(durationMs).toBeGreaterThan(0);
  });

  it("tells the signal that ended a command", async () => {
    expect(await box().execute("kill -SEGV $$")).toMatchObject({ exitCode: null, signal: "SIGSEGV" });
  });

  it("stops at the first error, at unset variables and at failures within a pipe", async () => {
    expect(await box().execute("false; echo not reached")).toMatchObject({ exitCode: 1, stdout: "" });
    expect((await box().execute("echo $nosuchvariable")).stderr).toContain("nosuchvariable: parameter not set");
    expect(await box().execute("false | true")).toMatchObject({ exitCode: 1 });
  });

  it("runs a list without a shell", async () => {
    expect((await box().execute(["printf", "%s|", "$HOME", "a  b", "*"])).stdout).toBe("$HOME|a  b|*|");
  });

  it("takes environment, folder, user and input", async () => {
    const options = { env: { GREETING: "hello" }, cwd: "/tmp", user: "nobody", stdin: "from the host\n" };
    const { stdout } = await box().execute("echo $GREETING; pwd; id -un; cat", options);
    expect(stdout).toBe("hello\n/tmp\nnobody\nfrom the host\n");
  });

  it("takes input as bytes and as a stream", async () => {
    expect((await box().execute("wc -c", { stdin: new Uint8Array(100_000) })).stdout.trim()).toBe("100000");
    const stream = Readable.from([Buffer.from("one "), Buffer.from("two")]);
    expect((await box().execute("cat", { stdin: stream })).stdout).toBe("one two");
  });

  it("does not mind a command that ignores its input", async () => {
    expect(await box().execute("exit 0", { stdin: "x".repeat(1_000_000) })).toMatchObject({ exitCode: 0 });
  });

  it("has no input and no terminal by default, and a terminal when asked for", async () => {
    expect((await box().execute("cat; test -t 1 || echo none")).stdout).toBe("none\n");
    expect((await box().execute("test -t 0 && stty size", { pty: { rows: 30, columns: 100 } })).stdout).toBe(
      "30 100\r\n",
    );
  });

  it("keeps output complete, unstripped and as text of any language", async () => {
    expect(await box().succeed("printf '  grüße €\\n\\n'")).toBe("  grüße €\n\n");
    expect(await box().succeed("seq 1 100000")).toBe(
      Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join(""),
    );
  });

  it("returns although a background child keeps stdout open", async () => {
    const start = performance.now();
    expect(await box().succeed("echo started; sleep 60 &")).toBe("started\n");
    expect(performance.now() - start).toBeLessThan(20_000);
    await box().succeed("killall sleep");
  });

  it("runs commands of one machine at the same time", async () => {
    // Each waits for the other; one after the other they would never end.
    const meet = (mine: string, other: string) =>
      box().succeed(`touch /tmp/${mine}; until test -e /tmp/${other}; do sleep 0.05; done; echo met`, {
        timeout: 20_000,
      });
    expect(await Promise.all([meet("a", "b"), meet("b", "a")])).toEqual(["met\n", "met\n"]);
  });

  it("says what cannot be started", async () => {
    expect(await messageOf(box().execute(["nosuch", "x"]))).toBe(
      'COMMAND_FAILED: box: `nosuch x` could not be started: cannot run "nosuch": no such file or directory',
    );
  });
});

describe("succeed", () => {
  it("returns the stdout of all commands together", async () => {
    expect(await box().succeed("echo one", "echo two", ["echo", "three"])).toBe("one\ntwo\nthree\n");
  });

  it("says which command failed, how, and what it printed", async () => {
    expect(
      await messageOf(box().succeed("echo fine", "echo out; echo no such thing >&2; exit 42", "touch /tmp/never")),
    ).toBe(
      "COMMAND_FAILED: box: `echo out; echo no such thing >&2; exit 42` failed with exit code 42.\n" +
        "stderr:\nno such thing\n" +
        "stdout:\nout",
    );
    await box().fail("test -e /tmp/never");
  });

  it("says when a command printed nothing, and when a signal ended it", async () => {
    expect(await messageOf(box().succeed("false"))).toBe(
      "COMMAND_FAILED: box: `false` failed with exit code 1.\nIt printed nothing.",
    );
    expect(await messageOf(box().succeed("kill -9 $$"))).toContain("failed with signal SIGKILL.");
  });
});

describe("fail", () => {
  it("returns the stdout of commands that fail", async () => {
    expect(await box().fail("echo no; false", "exit 2")).toBe("no\n");
  });

  it("says what succeeded", async () => {
    expect(await messageOf(box().fail("echo surprise"))).toBe(
      "COMMAND_SUCCEEDED: box: `echo surprise` succeeded, and was expected to fail.\nstdout:\nsurprise",
    );
  });
});

describe("a time limit", () => {
  it("ends the command and shows its last output", async () => {
    expect(await messageOf(box().succeed("echo step 1; sleep 60; echo step 2", { timeout: 500 }))).toBe(
      "COMMAND_TIMEOUT: box: `echo step 1; sleep 60; echo step 2` was still running after 500 ms and was killed.\n" +
        "stdout:\nstep 1",
    );
    await box().fail("pidof sleep");
  });

  it("also ends children, and those that ignore SIGTERM", async () => {
    const stubborn = "trap '' TERM; (trap '' TERM; sleep 61) & sleep 62; sleep 63";
    await expect(box().succeed(stubborn, { timeout: 300 })).rejects.toMatchObject({ code: "COMMAND_TIMEOUT" });
    await box().fail("pidof sleep");
  });

  it("covers all commands of a call together", async () => {
    await expect(box().succeed("sleep 0.4", "sleep 0.4", "sleep 60", { timeout: 1_500 })).rejects.toMatchObject({
      code: "COMMAND_TIMEOUT",
      facts: { timeoutMs: 1_500 },
    });
  });
});

it("a signal ends the command, and the error shows what it was doing", async () => {
  const abort = new AbortController();
  const running = messageOf(box().succeed("echo begun; sleep 64", { signal: abort.signal }));
  await box().waitUntilSucceeds("pidof sleep");
  abort.abort(new Error("enough"));
  expect(await running).toBe("ABORTED: stopped waiting: enough\nbox was running: echo begun; sleep 64\nstdout:\nbegun");
  await box().waitUntilFails("pidof sleep", { timeout: 5_000 });
});

it("sleep sleeps in the guest", async () => {
  const uptime = async () => Number((await box().succeed("cat /proc/uptime")).split(" ")[0]);
  const before = await uptime();
  await box().sleep(500);
  expect((await uptime()) - before).toBeGreaterThanOrEqual(0.5);
});
