import type { MachineContext } from "../context.ts";
import type { Command, CommandResult } from "../options.ts";
import { execute } from "../run/execute.ts";
import type { UnitOptions } from "./options.ts";

/** Runs systemctl with arguments as a shell would split them, or as a list. */
export function systemctl(
  context: MachineContext,
  query: string | readonly string[],
  { user, ...options }: UnitOptions = {},
): Promise<CommandResult> {
  return execute(context, systemctlCommand(query, user), options);
}

/**
 * The command that asks systemd. A user's is found through the user's runtime folder, which no login of ours has set up:
 * the NixOS test driver does the same.
 */
export function systemctlCommand(query: string | readonly string[], user?: string): Command {
  if (typeof query !== "string") return systemctlArgv(query, user);
  return user === undefined ? `systemctl ${query}` : asUser(query, user);
}

/** The same without a shell of ours. */
export function systemctlArgv(query: readonly string[], user?: string): readonly [string, ...string[]] {
  return user === undefined ? ["systemctl", ...query] : asUser(query.map(quote).join(" "), user);
}

function asUser(words: string, user: string): readonly [string, ...string[]] {
  const command = `XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user ${words}`;
  return ["su", "--login", user, "--shell", "/bin/sh", "--command", command];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
