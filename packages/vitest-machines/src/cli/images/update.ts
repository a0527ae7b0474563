import { updateLock, type EntryChange, type PackageChange } from "@vitest-machines/images";
import c from "tinyrainbow";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";
import { table } from "../table.ts";
import { plural } from "../words.ts";
import { entries } from "./words.ts";

const usage = "update";

export const update: Subcommand = {
  name: "update",
  usage,
  summary: "Lock the versions that mirrors have now in machines.lock, or begin one",
  async run(argv, output) {
    readArguments(argv, { usage: `images ${usage}`, flags: [], least: 0, most: 0 });
    const report = await updateLock(process.cwd(), (name) => output.note(`${c.bold("resolving")}  ${name}`));
    for (const entry of report.entries.filter(({ changes }) => changes.length > 0)) output.out(renderEntry(entry));
    if (report.created) {
      output.note(`Made ${report.file}. Every image that is built for this project adds its packages: run the tests.`);
      return 0;
    }
    const changed = report.entries.reduce((sum, { changes }) => sum + changes.length, 0);
    output.note(`${entries(report.entries.length)}, ${plural(changed, "change")}, in ${report.file}`);
    return 0;
  },
};

/** What has changed of one entry. */
export function renderEntry({ name, changes }: EntryChange): string {
  return [c.bold(name), ...table(changes.map(renderChange)).map((line) => `  ${line}`)].join("\n");
}

function renderChange({ name, before, after }: PackageChange): string[] {
  if (before === undefined) return [name, `new, ${after ?? ""}`];
  if (after === undefined) return [name, `gone, was ${before}`];
  return [name, before === after ? `${before}, another file` : `${before} → ${after}`];
}
