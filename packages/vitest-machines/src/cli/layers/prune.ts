import { LayerStore, type PruneReason, type PruneReport } from "@vitest-machines/driver";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";
import { plural, size } from "../words.ts";
import { nameOf, totalBytes } from "./words.ts";

const usage = "prune [--all]";

const reasons: Readonly<Record<PruneReason, string>> = {
  age: "unused for too long",
  size: "all layers together were too large",
  space: "the disk was too full",
  all: "not in use",
};

export const prune: Subcommand = {
  name: "prune",
  usage,
  summary: "Remove old ones and what is too much, or all that nobody uses",
  async run(argv, output) {
    const { flags } = readArguments(argv, { usage: `layers ${usage}`, flags: ["all"], least: 0, most: 0 });
    const report = await new LayerStore().prune({ all: flags.all });
    for (const layer of report.removed) {
      output.out(`removed ${nameOf(layer)}, ${size(layer.bytes)}: ${reasons[layer.reason]}`);
    }
    output.note(conclusion(report));
    return 0;
  },
};

function conclusion({ removed, kept, leftovers }: PruneReport): string {
  const used = kept.filter(({ inUse }) => inUse).length;
  const remains = leftovers > 0 ? ` and ${plural(leftovers, "leftover")} of killed processes` : "";
  const stay = `${plural(kept.length, "layer")} with ${size(totalBytes(kept))} ${kept.length === 1 ? "stays" : "stay"}`;
  return `Removed ${plural(removed.length, "layer")}${remains}. ${stay}${used > 0 ? `, ${used} in use` : ""}.`;
}
