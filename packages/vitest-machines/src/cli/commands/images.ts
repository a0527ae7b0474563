import type { Command } from "../command.ts";
import { build } from "../images/build.ts";
import { ls } from "../images/ls.ts";
import { prune } from "../images/prune.ts";
import { update } from "../images/update.ts";
import { verify } from "../images/verify.ts";
import { commandOf } from "../subcommand.ts";

/** Looks after the images of this user, and the lock file of a project. */
export const images: Command = commandOf("images", "Look after images and machines.lock", [
  ...[ls, build, prune],
  ...[verify, update],
]);
