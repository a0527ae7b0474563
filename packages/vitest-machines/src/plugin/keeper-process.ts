import { MachinesError } from "@vitest-machines/host";
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { KeeperArguments, KeeperMessage } from "../keeper/protocol.ts";

/** Two levels up from both src/plugin and dist/plugin: the keeper is a plain Node program and runs compiled. */
const program = fileURLToPath(new URL("../../dist/keeper/main.js", import.meta.url));
const startLimitMs = 20_000;

/** The keeper, as seen from Vitest's main process, which it does not keep alive. */
export class KeeperProcess {
  /** Its unix socket. */
  readonly socket: string;
  /** Settles when it has ended. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, socket: string) {
    this.#child = child;
    this.socket = socket;
    this.exited = new Promise((resolve) => child.once("exit", () => resolve()));
  }

  /** @throws PROCESS_FAILED when it does not come up */
  static async start(options: KeeperArguments & { onError: (text: string) => void }): Promise<KeeperProcess> {
    const child = fork(program, [JSON.stringify(keeperArguments(options))], {
      // Its own session and process group: Ctrl-C in the terminal does not reach it.
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // Vitest's own --inspect or --import flags are not meant for it.
      execArgv: [],
    });
    const socket = await firstWord(child);
    child.on("message", (message: KeeperMessage) => {
      if (message.kind === "error") options.onError(message.error);
    });
    child.unref();
    child.channel?.unref();
    return new KeeperProcess(child, socket);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lets go of it, which makes it end every machine and exit, and waits until it has. Idempotent. */
  async stop(): Promise<void> {
    this.#child.ref();
    if (this.#child.connected) this.#child.disconnect();
    await this.exited;
  }
}

function keeperArguments({ idleMs, isWatching }: KeeperArguments): KeeperArguments {
  return { idleMs, isWatching };
}

async function firstWord(child: ChildProcess): Promise<string> {
  const failed = (why: string): MachinesError =>
    new MachinesError("PROCESS_FAILED", `the keeper, which owns machines, did not start: ${why}`, {
      facts: { program, pid: child.pid ?? null },
      hint: "Run: npx vitest-machines doctor",
    });
  return await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(failed(`no answer within ${startLimitMs} ms`));
    }, startLimitMs);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      act();
    };
    child.once("error", (error) => settle(() => reject(failed(error.message))));
    child.once("exit", (code, signal) => settle(() => reject(failed(`it ended with ${signal ?? `code ${code}`}`))));
    child.once("message", (message: KeeperMessage) =>
      settle(() => {
        if (message.kind === "ready") resolve(message.socket);
        else reject(failed(message.error));
      }),
    );
  });
}
