import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { busyHost } from "./busy-host.ts";

/** A Node process of its own with the built driver, whose lines can be awaited; it ends with the test. */
export interface DriverProcess {
  readonly pid: number;
  /** The next line it prints. Fails when it ends first, with what it said. */
  line(): Promise<string>;
  /** The rest of its lines, when it has ended. */
  rest(): Promise<string[]>;
  /** Lets a program that awaits `told()` go on. */
  tell(): void;
  kill(): Promise<void>;
}

export interface DriverProcessOptions {
  /** Where its layers are. */
  readonly root: string;
  /** Where its machines run. */
  readonly runtime: string;
  /** Program and arguments that the process is started by, such as `unshare`. */
  readonly wrapper?: readonly string[] | undefined;
}

const built = new URL("../../dist/index.js", import.meta.url);

/** @param code may use `Cluster`, `LayerStore`, `store`, `say(text)`, `onEvent` (which says every wait, and every notice but of how busy the host is) and `await told()` */
export function startDriverProcess({ root, runtime, wrapper = [] }: DriverProcessOptions, code: string): DriverProcess {
  const program = `
    const { Cluster, LayerStore } = await import(${JSON.stringify(built.href)});
    const store = new LayerStore({ root: ${JSON.stringify(root)} });
    const say = (text) => console.log(text);
    const told = () => new Promise((resolve) => process.stdin.once("data", resolve));
    const onEvent = ({ type, text, reason }) => {
      if (${String(busyHost)}.test(text)) return;
      if (type === "notice" || type === "waiting") say(type + ": " + (text ?? reason));
    };
    ${code}
    process.exit(0);`;
  const argv = [...wrapper, process.execPath, "--input-type=module", "-e", program];
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    // A run that is to do without layers is no reason not to test them.
    env: { ...process.env, VITEST_MACHINES_RUNTIME: runtime, VITEST_MACHINES_LAYERS: "" },
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
    rest: async () => {
      const all: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) all.push(next.value);
      if (complaint !== "") throw new Error(complaint);
      return all;
    },
  };
}
