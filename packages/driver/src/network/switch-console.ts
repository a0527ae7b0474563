import { MachinesError, type Deadline } from "@vitest-machines/host";
import { connect } from "node:net";

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
  const answers: string[] = [];
  const socket = connect(managementSocket);
  let heard = "";
  let hear = (): void => undefined;
  const broken = new Promise<never>((_resolve, reject) => {
    socket.on("error", (cause) => reject(silent(managementSocket, cause.message)));
    socket.on("close", () => reject(silent(managementSocket, "it closed the connection")));
  });
  // Heard by nobody when the last answer has come before.
  broken.catch(() => undefined);
  socket.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
    hear();
  });
  try {
    for (const command of commands) {
      const answered = new Promise<string>((resolve) => {
        hear = () => {
          const match = verdict.exec(heard);
          if (match) resolve(heard.slice(0, match.index + match[0].length));
        };
      });
      socket.write(`${command}\n`);
      const answer = await deadline.race(Promise.race([answered, broken]), () =>
        silent(managementSocket, `it did not answer to ${JSON.stringify(command)}`),
      );
      const [, code, words = ""] = verdict.exec(answer) ?? [];
      if (code !== "000" && !tolerated.includes(Number(code))) throw refused(command, words.trim());
      answers.push(code === "000" ? (data.exec(answer)?.[1] ?? "") : words.trim());
      heard = "";
    }
    return answers;
  } finally {
    socket.destroy();
  }
}

function refused(command: string, words: string): MachinesError {
  return new MachinesError("SWITCH_FAILED", `the switch refused ${JSON.stringify(command)}: ${words}`, {
    facts: { command },
  });
}

function silent(managementSocket: string, why: string): MachinesError {
  return new MachinesError("SWITCH_FAILED", `the switch at ${managementSocket} cannot be told anything: ${why}`);
}
