import { LayerStore, shortKey, type LayerSummary } from "@vitest-machines/driver";
import c from "tinyrainbow";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";
import { table } from "../table.ts";
import { age, plural, size } from "../words.ts";
import { totalBytes } from "./words.ts";

const usage = "ls [--json]";

export const ls: Subcommand = {
  name: "ls",
  usage,
  summary: "List them",
  async run(argv, output) {
    const { flags } = readArguments(argv, { usage: `layers ${usage}`, flags: ["json"], least: 0, most: 0 });
    const store = new LayerStore();
    const layers = await store.list();
    const { maxBytes } = store.limits;
    if (flags.json) {
      output.out(JSON.stringify({ root: store.root, maxBytes, layers }, undefined, 2));
      return 0;
    }
    if (layers.length > 0) output.out(renderLayers(layers, new Date()));
    output.note(
      `${plural(layers.length, "layer")}, ${size(totalBytes(layers))} of ${size(maxBytes)}, in ${store.root}`,
    );
    return 0;
  },
};

/** A line for each layer, below a heading. */
export function renderLayers(layers: readonly LayerSummary[], now: Date): string {
  const heading = ["layer", "cluster", "machines", "size", "age", "last used", "in use"];
  const rows = layers.map(({ key, cluster, machines, bytes, createdAt, lastUsedAt, inUse, problem }) => [
    shortKey(key),
    cluster ?? "-",
    machines.join(", ") || "-",
    size(bytes),
    age(createdAt, now),
    lastUsed(lastUsedAt, now),
    problem === undefined ? (inUse ? "yes" : "no") : `damaged: ${problem}`,
  ]);
  const [first = "", ...rest] = table([heading, ...rows]);
  return [c.bold(first), ...rest].join("\n");
}

function lastUsed(date: Date, now: Date): string {
  const text = age(date, now);
  return text === "just now" ? text : `${text} ago`;
}
