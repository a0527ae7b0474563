import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { isRoot, run, startAgent, text } from "../an-agent.ts";

describe("exec", () => {
  it("keeps stdout and stderr apart and tells the exit code", async () => {
    const session = await (await startAgent()).connect();
    const ran = await run(session, "echo out; echo err >&2; exit 3");
    expect(ran).toMatchObject({ exitCode: 3, signal: null, stdout: "out\n", stderr: "err\n" });
  });

  it("measures the duration in the guest", async () => {
    const session = await (await startAgent()).connect();
    const { durationMs } = await run(session, "sleep 0.2");
    expect(durationMs).toBeGreaterThanOrEqual(200);
    expect(durationMs).toBeLessThan(2_000);
  });

  it("tells the signal that ended a command", async () => {
    const session = await (await startAgent()).connect();
    expect(await run(session, "kill -SEGV $$")).toMatchObject({ exitCode: null, signal: "SIGSEGV" });
  });

  it("passes binary input and output unchanged", async () => {
    const session = await (await startAgent()).connect();
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256));
    const running = session.exec({ argv: ["cat"] });
    running.stdin.end(bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of running.stdout) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    expect((await running.exit).exitCode).toBe(0);
  });

  it("gives the command an end of input", async () => {
    const session = await (await startAgent()).connect();
    expect((await run(session, { argv: ["wc", "-c"] }, "12345")).stdout.trim()).toBe("5");
  });

  it("does not hang when a command ends without reading its input", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sh", "-c", "exec <&-; sleep 0.1; echo done"] });
    running.stdin.end(Buffer.alloc(1_000_000));
    expect(await text(running.stdout)).toBe("done\n");
    expect((await running.exit).exitCode).toBe(0);
  });

  it("stops a source that is piped into a command that has ended", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["head", "-c", "1"] });
    const endless = new Readable({ read: (size) => void endless.push(Buffer.alloc(size)) });
    const piped = pipeline(endless, running.stdin);
    await expect(piped).rejects.toThrow();
    expect(endless.destroyed).toBe(true);
    expect((await running.exit).exitCode).toBe(0);
  });

  it("sets environment and working directory, and leaks nothing of its own", async () => {
    const session = await (await startAgent()).connect();
    const { stdout } = await run(session, {
      argv: ["sh", "-c", "pwd; env"],
      cwd: "/usr",
      env: { GREETING: "hi = all", HOME: "/x" },
    });
    expect(stdout).toMatch(/^\/usr\n/);
    expect(stdout).toContain("GREETING=hi = all\n");
    expect(stdout).toContain("HOME=/x\n");
    expect(stdout).not.toContain("VITEST");
  });

  it("passes arguments of any length and content that Linux allows", async () => {
    const session = await (await startAgent()).connect();
    const long = "ä'\"\n\\ ".repeat(12_000);
    expect((await run(session, { argv: ["printf", "%s|", long, "", "b c"] })).stdout).toBe(`${long}||b c|`);
  });

  it("refuses a request that is too large, with advice", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["echo", "x".repeat(300_000)] });
    await expect(running.exit).rejects.toThrow(/^COMMAND_FAILED: .*too large.*\n.*as files/);
  });

  it.runIf(isRoot)("runs as another user, with its groups and its home", async () => {
    const session = await (await startAgent()).connect();
    const { stdout } = await run(session, {
      argv: ["sh", "-c", 'id -un; id -u; echo "$USER $LOGNAME $HOME"'],
      user: "nobody",
    });
    expect(stdout.split("\n").slice(0, 2)).toEqual(["nobody", "65534"]);
    expect(stdout).toMatch(/\nnobody nobody \/.*\n$/);
  });

  it("runs many commands at once", async () => {
    const session = await (await startAgent()).connect();
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((number) => run(session, `sleep 0.2; echo ${number}; exit ${number}`)),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(numbers.map((number) => `${number}\n`));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(numbers);
  });

  it("says so when it runs as many operations as it can, and goes on", async () => {
    const session = await (await startAgent()).connect();
    const waits = Array.from({ length: 256 }, () => session.waitFor({ kind: "path", path: "/nowhere" }));
    for (const wait of waits) wait.catch(() => undefined);
    await expect(session.exec({ argv: ["true"] }).exit).rejects.toThrow("256 operations run already");
    await session.ping();
  });

  it("starts every command with default signals and only its own descriptors", async () => {
    const session = await (await startAgent()).connect();
    const idle = session.exec({ argv: ["sleep", "60"] });
    const { stdout } = await run(session, "ls /proc/self/fd | wc -l; grep -E 'SigBlk|SigIgn' /proc/self/status");
    // 0, 1, 2 and the folder that ls reads.
    expect(stdout).toMatch(/^4\n/);
    expect(stdout).toMatch(/SigBlk:\s+0+\nSigIgn:\s+0+\n/);
    idle.kill("SIGKILL");
    await idle.exit;
  });
});

describe("a command that cannot start", () => {
  it.each([
    ["an unknown program", { argv: ["no-such-program"] }, /cannot run "no-such-program": no such file/],
    ["a file without permission", { argv: ["/etc/passwd"] }, /cannot run "\/etc\/passwd": permission denied/],
    [
      "an unknown directory",
      { argv: ["true"], cwd: "/nowhere" },
      /cannot change to directory "\/nowhere": no such file/,
    ],
    ["an unknown user", { argv: ["true"], user: "who" }, /the guest has no user named "who"/],
    ["an argument with NUL", { argv: ["echo", "a\0b"] }, /NUL character/],
  ] as const)("is told apart: %s", async (_name, request, message) => {
    const session = await (await startAgent()).connect();
    const running = session.exec(request);
    await expect(running.exit).rejects.toThrow(message);
    await expect(running.pid).rejects.toThrow(message);
    expect(await text(running.stdout)).toBe("");
    await session.ping();
  });
});
