import { topologyMermaid, topologySvg, type Topology } from "@vitest-machines/driver";
import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { UsageError, type Command } from "../command.ts";
import { readArguments } from "../options.ts";
import { topologiesIn } from "../topology/declared-in.ts";
import { plural } from "../words.ts";

const formats: Readonly<Record<string, (topologies: readonly Topology[]) => string>> = {
  mermaid: topologyMermaid,
  svg: topologySvg,
};
const extensions: Readonly<Record<string, string>> = { ".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid" };
const usage = "topology FILE [--format mermaid|svg] [-o FILE] [--root DIR]";

/** Draws what a file declares; nothing boots. */
export const topology: Command = {
  name: "topology",
  summary: "Draw the clusters that a test file, a module or a YAML file declares",
  options: [
    "FILE                  What declares them; nothing in it is run",
    "--format mermaid|svg  Default: what the output's name says, else mermaid",
    "-o, --output FILE     Write it there, instead of to standard output",
    "--root DIR            Where Vitest would be started; default: here",
  ],
  async run(argv, output) {
    const shape = { usage, flags: [], values: ["format", "output", "root"] as const, least: 1, most: 1 };
    const { values, words } = readArguments(argv, { ...shape, short: { o: "output" } });
    const [file = ""] = words;
    const target = values.output.at(-1);
    const render = rendererFor(values.format.at(-1), target);
    const topologies = await topologiesIn(file, values.root.at(-1) ?? "");
    const text = render(topologies);
    if (target === undefined) output.out(text.trimEnd());
    else {
      await write(target, text);
      output.note(`Wrote ${plural(topologies.length, "cluster")} to ${target}.`);
    }
    return 0;
  },
};

function rendererFor(
  format: string | undefined,
  target: string | undefined,
): (topologies: readonly Topology[]) => string {
  const wanted = format ?? (target === undefined ? "mermaid" : extensions[extname(target)]);
  if (wanted === undefined) {
    const known = Object.keys(extensions).join(", ");
    throw new UsageError(
      `vitest-machines topology: ${target ?? ""} does not say which format: it ends in none of ${known}. Add --format.`,
    );
  }
  const render = formats[wanted];
  if (render) return render;
  throw new UsageError(
    `vitest-machines topology: unknown format "${wanted}". Valid formats: ${Object.keys(formats).join(", ")}.`,
  );
}

async function write(target: string, text: string): Promise<void> {
  try {
    await writeFile(target, text);
  } catch (error) {
    throw new UsageError(`vitest-machines topology: ${target} cannot be written: ${(error as Error).message}`);
  }
}
