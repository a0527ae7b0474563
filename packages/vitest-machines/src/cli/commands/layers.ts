import { UsageError, type Command } from "../command.ts";
import { exportCommand } from "../layers/export.ts";
import { importCommand } from "../layers/import.ts";
import { ls } from "../layers/ls.ts";
import { prune } from "../layers/prune.ts";
import { verify } from "../layers/verify.ts";
import { why } from "../layers/why.ts";

const subcommands = [ls, prune, verify, why, exportCommand, importCommand];
const width = Math.max(...subcommands.map(({ usage }) => usage.length));

/** Looks after the layers of this user: what there is, what it costs, and why one was not used. */
export const layers: Command = {
  name: "layers",
  summary: "Look after frozen clusters",
  options: subcommands.map(({ usage, summary }) => `${usage.padEnd(width)}  ${summary}`),
  async run(argv, output) {
    const [name, ...rest] = argv;
    const subcommand = subcommands.find((each) => each.name === name);
    if (subcommand !== undefined) return subcommand.run(rest, output);
    const valid = subcommands.map((each) => each.name).join(", ");
    const problem = name === undefined ? "what about them?" : `unknown subcommand "${name}".`;
    throw new UsageError(`vitest-machines layers: ${problem} Valid subcommands: ${valid}. See also --help.`);
  },
};
