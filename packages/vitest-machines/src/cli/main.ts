#!/usr/bin/env node
import { commands } from "./commands/index.ts";
import { dispatch } from "./dispatch.ts";

process.exitCode = await dispatch(process.argv.slice(2), commands, {
  out: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
});
