import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Node process of its own that runs `code` with the built package as `host`, and whose lines can be awaited. */
export interface Program {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line it prints. Fails when it ends first, with what it said. */
  line(): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const built = new URL("../../dist/index.js", import.meta.url);

export function startProgram(code: string, env: Record<string, string> = {}): Program {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", `const host = await import(${JSON.stringify(built.href)});\n${code}`],
    {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  return {
    process: child,
    pid: child.pid ?? 0,
    line: async () => {
      const next = await lines.next();
      if (next.done) throw new Error(`the program ended without a further line: ${complaint}`);
      return next.value;
    },
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
  };
}
