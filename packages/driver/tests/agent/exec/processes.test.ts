import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { run, startAgent, text, until } from "../an-agent.ts";

function isRunning(pid: number): boolean {
  try {
    // A zombie is gone as far as anybody is concerned but its parent.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("the processes of a command", () => {
  it("are all reached by a signal to it", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sh", "-c", "sleep 60 & echo $!; wait"] });
    const [chunk] = (await running.stdout.take(1).toArray()) as Buffer[];
    const child = Number(chunk?.toString());
    expect(isRunning(child)).toBe(true);
    running.kill("SIGTERM");
    expect(await running.exit).toMatchObject({ exitCode: null, signal: "SIGTERM" });
    await until("the child is gone", () => !isRunning(child));
  });

  it("can be signalled even when the command itself is over", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sh", "-c", "sleep 60 >&- 2>&- & echo $!"] });
    const child = Number(await text(running.stdout));
    await running.exit;
    expect(isRunning(child)).toBe(true);
    running.kill("SIGKILL");
    await until("the child is gone", () => !isRunning(child));
  });

  it("do not keep a command going that is over, though a child holds its output open", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const startedAt = performance.now();
    const ran = await run(session, "(sleep 2; echo late; sleep 0.2; echo $? > " + agent.folder + "/late) & echo early");
    expect(ran).toMatchObject({ exitCode: 0, stdout: "early\n" });
    expect(performance.now() - startedAt).toBeLessThan(1_900);
    // Neither blocked nor killed by a closed pipe: it gets as far as writing the file.
    await session.waitFor({ kind: "path", path: `${agent.folder}/late` });
  });

  it("do not block in the background when they write more than a pipe holds", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    await run(session, `(head -c 5000000 /dev/zero; touch ${agent.folder}/written) & exit 0`);
    await session.waitFor({ kind: "path", path: `${agent.folder}/written` });
  });

  it("lose nothing of the output before the end", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sh", "-c", "head -c 60000 /dev/zero | tr '\\0' x; sleep 60 & exit 0"] });
    expect(await text(running.stdout)).toBe("x".repeat(60_000));
    await running.exit;
    running.kill("SIGKILL");
  });

  it("are killed with the session that they belong to", async () => {
    const agent = await startAgent();
    const session = await agent.connect();
    const pid = await session.exec({ argv: ["sleep", "60"] }).pid;
    session.close();
    await until("the command is gone", () => !isRunning(pid));
    await (await agent.connect()).ping();
  });
});
