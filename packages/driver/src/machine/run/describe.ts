import { tail } from "../../trace/tail.ts";
import type { Command, CommandResult } from "../options.ts";

const longestCommand = 500;

/** A command as a reader would type it, shortened. */
export function commandText(command: Command): string {
  const text = typeof command === "string" ? command : command.map(quote).join(" ");
  return text.length > longestCommand ? `${text.slice(0, longestCommand)}…` : text;
}

/** What a command printed, as evidence blocks; one sentence when that is nothing. */
export function outputBlocks({ stdout, stderr }: Pick<CommandResult, "stdout" | "stderr">): string[] {
  const block = (title: string, text: string): string[] => (text === "" ? [] : [`${title}:\n${tail(text)}`]);
  const blocks = [...block("stderr", stderr), ...block("stdout", stdout)];
  return blocks.length === 0 ? ["It printed nothing."] : blocks;
}

/** `exit code 3`, or the signal that ended it. */
export function endText({ exitCode, signal }: Pick<CommandResult, "exitCode" | "signal">): string {
  return signal === null ? `exit code ${exitCode ?? "unknown"}` : `signal ${signal}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
