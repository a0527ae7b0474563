import { MachinesError, type Deadline } from "@vitest-machines/host";
import { connect, type Socket } from "node:net";
import { setTimeout as waitFor } from "node:timers/promises";

/** Data, if a command has any, stands between these, and its verdict follows; before them there may be a prompt. */
const verdict = /^(?:(?:vde|VDEwf)\$ )?1(\d{3}) (.*)$/m;
const data = /^(?:(?:vde|VDEwf)\$ )?0000 DATA END WITH '\.'\r?\n([^]*?)^\.\r?$/m;

/**
 * Gives commands to a switch by its management console, in one conversation and one after the other. A wirefilter's console is
 * alike.
 * @param tolerated error numbers that are as good as success
 * @returns what each of them prints, or the switch's words for a tolerated error
 * @throws SWITCH_FAILED for a command that the switch refuses, after those before it; or when it does not answer before the
 * deadline; ABORTED
 */
export async function commandSwitch(
  managementSocket: string,
  commands: readonly string[],
  deadline: Deadline,
  tolerated: readonly number[] = [],
): Promise<string[]> {
  const console = new SwitchConsole(managementSocket);
  try {
    return await console.command(commands, deadline, tolerated);
  } finally {
    await console.close();
  }
}

/**
 * A conversation that stays open. vde_switch mixes up the ends of plugs when any connection to it ends while a plug is being put
 * in, that of a console too: one that is then pulled out stays in its tables, or another connection is cut in its place. Seen with
 * 2.3.2; from its source: `remove_fd` leaves the place of the last descriptor wrong by one, and `mainloop_set_private_data` goes by it.
 */
export class SwitchConsole {
  readonly #path: string;
  #conversation: Conversation | undefined;
  /** What was asked for last: answers come in the order of commands. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(managementSocket: string) {
    this.#path = managementSocket;
  }

  /** As {@link commandSwitch}. */
  command(commands: readonly string[], deadline: Deadline, tolerated: readonly number[] = []): Promise<string[]> {
    const work = async (): Promise<string[]> => {
      this.#conversation ??= new Conversation(this.#path);
      const conversation = this.#conversation;
      const answers: string[] = [];
      for (const command of commands) {
        const answer = await conversation.ask(command, deadline).catch((error: unknown) => {
          // What is still answered to it would be taken for the answer to another one.
          void this.close();
          throw error;
        });
        const [, code, words = ""] = verdict.exec(answer) ?? [];
        if (code !== "000" && !tolerated.includes(Number(code))) throw refused(command, words.trim());
        answers.push(code === "000" ? (data.exec(answer)?.[1] ?? "") : words.trim());
      }
      return answers;
    };
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Settles when the switch has noticed, which is when something can be plugged in again. */
  async close(): Promise<void> {
    const conversation = this.#conversation;
    this.#conversation = undefined;
    await conversation?.close();
  }
}

class Conversation {
  readonly #path: string;
  readonly #socket: Socket;
  #broken: MachinesError | undefined;
  #heard = "";
  /** Of what is asked now. One promise that all questions raced would keep the answers to all of them. */
  #hear = (): void => undefined;
  #fail: (error: MachinesError) => void = () => undefined;

  constructor(path: string) {
    this.#path = path;
    this.#socket = connect(path);
    const end = (why: string): void => {
      this.#broken ??= silent(path, why);
      this.#fail(this.#broken);
    };
    this.#socket.on("error", (cause) => end(cause.message)).on("close", () => end("it closed the connection"));
    this.#socket.setEncoding("utf8").on("data", (text: string) => {
      this.#heard += text;
      this.#hear();
    });
  }

  async ask(command: string, deadline: Deadline): Promise<string> {
    if (this.#broken) throw this.#broken;
    this.#heard = "";
    const answered = new Promise<string>((resolve, reject) => {
      this.#fail = reject;
      this.#hear = () => {
        const match = verdict.exec(this.#heard);
        if (match) resolve(this.#heard.slice(0, match.index + match[0].length));
      };
    });
    // While nothing is asked it keeps nobody from ending.
    this.#socket.ref();
    try {
      this.#socket.write(`${command}\n`);
      return await deadline.race(answered, () => silent(this.#path, `it did not answer to ${JSON.stringify(command)}`));
    } finally {
      this.#socket.unref();
    }
  }

  close(): Promise<void> {
    return leaveConsole(this.#socket);
  }
}

/** A switch that does not answer any more is not waited for longer than this, in milliseconds. */
const leaveMs = 1_000;

/**
 * Ends a conversation as a user does, and the other side closes it: a connection that is cut with words still unread makes
 * vde_switch complain in its log, which is evidence when it dies. Settles when it has ended on both sides.
 */
export async function leaveConsole(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined).resume();
  socket.write("logout\n");
  await Promise.race([closed, waitFor(leaveMs, undefined, { ref: false })]);
  // Of a switch that hangs, so that it keeps nobody from ending.
  socket.unref();
}

function refused(command: string, words: string): MachinesError {
  return new MachinesError("SWITCH_FAILED", `the switch refused ${JSON.stringify(command)}: ${words}`, {
    facts: { command },
  });
}

function silent(managementSocket: string, why: string): MachinesError {
  return new MachinesError("SWITCH_FAILED", `the switch at ${managementSocket} cannot be told anything: ${why}`);
}
