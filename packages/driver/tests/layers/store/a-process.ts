import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A Node process of its own with a store, whose lines can be awaited; it ends with the test. */
export interface StoreProcess {
  readonly pid: number;
  /** The next line it prints. Fails when it ends first, with what it said. */
  line(): Promise<string>;
  /** Lets a program that awaits `told()` go on. */
  tell(): void;
  kill(): Promise<void>;
}

const built = new URL("../../../dist/layers/store/store.js", import.meta.url);

/** @param code may use `store`, `say(text)` and `await told()` */
export function startStoreProcess(root: string, code: string): StoreProcess {
  const program = `
    const { LayerStore } = await import(${JSON.stringify(built.href)});
    const store = new LayerStore({ root: ${JSON.stringify(root)} });
    const say = (text) => console.log(text);
    const told = () => new Promise((resolve) => process.stdin.once("data", resolve));
    ${code}
    process.exit(0);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  onTestFinished(kill);
  return {
    pid: child.pid ?? 0,
    kill,
    tell: () => child.stdin.write("go\n"),
    line: async () => {
      const next = await lines.next();
      if (next.done) throw new Error(`the process ended without a further line: ${complaint}`);
      return next.value;
    },
  };
}
