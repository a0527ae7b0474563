#!/usr/bin/env node
import { disableDefaultColors } from "tinyrainbow";
import { commands } from "./commands/index.ts";
import { dispatch } from "./dispatch.ts";

// tinyrainbow looks at the environment only, and not at whether anybody is there to see its colours.
if (!process.stdout.isTTY && process.env["FORCE_COLOR"] === undefined) disableDefaultColors();

process.exitCode = await dispatch(process.argv.slice(2), commands, {
  out: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
});
