import type { AgentSession } from "../../agent/session.ts";
import type { Life } from "../power/life.ts";
import type { Command } from "../options.ts";
import { collect } from "./collect.ts";

/** Prints the shell to use. dash learnt pipefail only lately, and refuses options that it does not know. */
const question = `if command -v bash >/dev/null; then echo bash; elif (set -o pipefail) 2>/dev/null; then echo sh; else echo old-sh; fi`;

/** Which shell a machine's guest has; asked once. */
export class ShellChoice {
  #shell: string | undefined;

  /** Its name, asked for at the first call. */
  async name(agent: AgentSession, life: Life): Promise<string> {
    this.#shell ??= await ask(agent, life);
    return this.#shell;
  }

  /** Takes over what is known of a guest that this one was forked from. */
  assume(name: string): void {
    this.#shell = name;
  }

  /** The next guest may have another one. */
  forget(): void {
    this.#shell = undefined;
  }

  /** The program and arguments that run a command. */
  async argv(command: Command, agent: AgentSession, life: Life): Promise<readonly [string, ...string[]]> {
    if (typeof command !== "string") return command;
    const shell = await this.name(agent, life);
    // On the command's own first line, so that line numbers in the shell's messages are right.
    const strict = shell === "old-sh" ? "set -eu" : "set -euo pipefail";
    return [shell === "bash" ? "bash" : "sh", "-c", `${strict}; ${command}`];
  }
}

async function ask(agent: AgentSession, life: Life): Promise<string> {
  const running = agent.exec({ argv: ["sh", "-c", question] });
  running.stdin.end();
  const output = collect(running);
  await life.guard(running.exit);
  return output.finish().stdout.trim();
}
