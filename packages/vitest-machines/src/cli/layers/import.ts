import { LayerStore, shortKey } from "@vitest-machines/driver";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";

const usage = "import FILE";

export const importCommand: Subcommand = {
  name: "import",
  usage,
  summary: "Add those of an exported file, checked",
  async run(argv, output) {
    const { words } = readArguments(argv, { usage: `layers ${usage}`, flags: [], least: 1, most: 1 });
    for (const { key, isNew } of await new LayerStore().importFrom(words[0] ?? "")) {
      output.out(`${shortKey(key)}  ${isNew ? "imported" : "was here already"}`);
    }
    return 0;
  },
};
