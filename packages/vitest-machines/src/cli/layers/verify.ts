import { LayerStore, type LayerSummary, type VerifyReport } from "@vitest-machines/driver";
import c from "tinyrainbow";
import { readArguments } from "../options.ts";
import { resolveKeys } from "./keys.ts";
import type { Subcommand } from "../subcommand.ts";
import { plural } from "../words.ts";
import { nameOf } from "./words.ts";

const usage = "verify [KEY...] [--drop]";

export const verify: Subcommand = {
  name: "verify",
  usage,
  summary: "Hash every file; exit code 1 on damage, which --drop removes",
  async run(argv, output) {
    const shape = { usage: `layers ${usage}`, flags: ["drop"] as const, least: 0, most: Infinity };
    const { flags, words } = readArguments(argv, shape);
    const store = new LayerStore();
    const layers = await store.list();
    const keys = words.length > 0 ? resolveKeys(words, layers) : layers.map(({ key }) => key);
    let damaged = 0;
    for (const layer of layers.filter(({ key }) => keys.includes(key))) {
      for (const report of await store.verify(layer.key, { drop: flags.drop })) {
        output.out(render(layer, report));
        if (report.problems.length > 0) damaged++;
      }
    }
    output.note(conclusion(keys.length, damaged, flags.drop));
    return damaged > 0 ? 1 : 0;
  },
};

function render(layer: LayerSummary, { problems, dropped }: VerifyReport): string {
  const isGood = problems.length === 0;
  const first = `${isGood ? c.green("✓") : c.red("✗")} ${nameOf(layer)}${dropped ? ": removed" : ""}`;
  return [first, ...problems.map((problem) => `    ${problem}`)].join("\n");
}

function conclusion(count: number, damaged: number, drop: boolean): string {
  if (damaged === 0) return `${plural(count, "layer")}, no damage.`;
  const advice = drop ? "" : " The next run that wants one makes it again; --drop removes them now.";
  return `${damaged} of ${plural(count, "layer")} damaged.${advice}`;
}
