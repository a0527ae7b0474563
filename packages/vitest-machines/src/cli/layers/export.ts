import { LayerStore } from "@vitest-machines/driver";
import { readArguments } from "../options.ts";
import { resolveKeys } from "./keys.ts";
import type { Subcommand } from "../subcommand.ts";
import { plural, size } from "../words.ts";

const usage = "export FILE [KEY...]";

export const exportCommand: Subcommand = {
  name: "export",
  usage,
  summary: "Write some, or all, into one compressed file",
  async run(argv, output) {
    const { words } = readArguments(argv, { usage: `layers ${usage}`, flags: [], least: 1, most: Infinity });
    const [file = "", ...wanted] = words;
    const store = new LayerStore();
    const { bytes, keys } = await store.exportTo(resolveKeys(wanted, await store.list()), file);
    output.note(`Wrote ${plural(keys.length, "layer")}, ${size(bytes)} compressed, to ${file}.`);
    output.note("It holds the memory of machines: whoever can read it can read what they knew.");
    return 0;
  },
};
