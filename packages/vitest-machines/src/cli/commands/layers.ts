import type { Command } from "../command.ts";
import { exportCommand } from "../layers/export.ts";
import { importCommand } from "../layers/import.ts";
import { ls } from "../layers/ls.ts";
import { prune } from "../layers/prune.ts";
import { verify } from "../layers/verify.ts";
import { why } from "../layers/why.ts";
import { commandOf } from "../subcommand.ts";

/** Looks after the layers of this user: what there is, what it costs, and why one was not used. */
export const layers: Command = commandOf("layers", "Look after frozen clusters", [
  ...[ls, prune, verify, why],
  ...[exportCommand, importCommand],
]);
