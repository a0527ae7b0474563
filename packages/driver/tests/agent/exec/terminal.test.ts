import { describe, expect, it } from "vitest";
import { run, startAgent, text, until } from "../an-agent.ts";

const pty = { rows: 10, columns: 33 };

describe("a command on a terminal", () => {
  it("sees the terminal and its size, and writes to stdout alone", async () => {
    const session = await (await startAgent()).connect();
    const ran = await run(session, {
      argv: ["sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size; echo err >&2"],
      pty,
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "10 33\r\nerr\r\n", stderr: "" });
  });

  it("hears of a new size", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({
      argv: ["sh", "-c", "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"],
      pty,
    });
    let seen = "";
    running.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    await until("it is ready", () => seen.includes("ready"));
    running.resize(50, 132);
    await running.exit;
    expect(seen).toContain("50 132");
  });

  it("gets keys and the end of input", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sh", "-c", "stty -echo; echo ready; cat; echo end"], pty });
    let seen = "";
    running.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    await until("it is ready", () => seen.includes("ready"));
    running.stdin.end("typed\n");
    expect((await running.exit).exitCode).toBe(0);
    expect(seen).toBe("ready\r\ntyped\r\nend\r\n");
  });

  it("is interrupted by Ctrl-C", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["sleep", "60"], pty });
    await running.pid;
    running.stdin.write("\x03");
    expect(await running.exit).toMatchObject({ signal: "SIGINT" });
  });

  it("delivers all output before its end", async () => {
    const session = await (await startAgent()).connect();
    const running = session.exec({ argv: ["seq", "20000"], pty });
    expect((await text(running.stdout)).trimEnd().split("\r\n")).toHaveLength(20_000);
  });
});
