import { planCluster } from "@vitest-machines/driver";
import { isMachinesError } from "@vitest-machines/host";
import { buildLocked, debian, type DebianOptions, type Image, type PrepareOptions } from "@vitest-machines/images";
import { readFile } from "node:fs/promises";
import c from "tinyrainbow";
import { splitDeclaration } from "../../cluster/suite-declaration.ts";
import { parseClusterFile } from "../../environment/cluster-file/parse.ts";
import { UsageError, type Output } from "../command.ts";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";
import { plural } from "../words.ts";
import { entries } from "./words.ts";

const usage = "build [FILE.yaml...] [--package NAME...] [--suite NAME] [--kernel NAME]";
type Option = "package" | "suite" | "kernel";

export const build: Subcommand = {
  name: "build",
  usage,
  summary: "Build ahead of time: what machines.lock has, the images of cluster files, or a Debian with packages",
  async run(argv, output) {
    const options = ["package", "suite", "kernel"] as const;
    const shape = { usage: `images ${usage}`, flags: [], values: options, least: 0, most: Infinity };
    const { values, words } = readArguments<never, Option>(argv, shape);
    const images = [...(await imagesOfFiles(words)), ...imagesOfOptions(values)];
    const telling = teller(output);
    if (images.length === 0) return buildLock(output, telling);
    for (const image of images) {
      const { digest } = await image.prepare(telling);
      output.out(`${image.key}  ${digest.slice(0, 12)}`);
    }
    output.note(`${plural(images.length, "image")} ready.`);
    return 0;
  },
};

async function buildLock(output: Output, telling: PrepareOptions): Promise<number> {
  const { file, names } = await buildLocked(process.cwd(), telling);
  if (file === undefined) {
    throw new UsageError(
      "vitest-machines images build: build what? There is no machines.lock here or above.\n" +
        `Usage: vitest-machines images ${usage}`,
    );
  }
  for (const name of names) output.out(name);
  output.note(`${entries(names.length)} of ${file} ready.`);
  return 0;
}

/** Every image of some cluster files, once. */
async function imagesOfFiles(files: readonly string[]): Promise<Image[]> {
  const images = new Map<string, Image>();
  for (const file of files) {
    const { cluster } = splitDeclaration(parseClusterFile(await read(file), file));
    for (const { image } of planCluster({ name: file, ...cluster }).nodes) images.set(image.key, image);
  }
  return [...images.values()];
}

function imagesOfOptions({ package: packages, suite, kernel }: Record<Option, readonly string[]>): Image[] {
  if (packages.length + suite.length + kernel.length === 0) return [];
  try {
    return [
      debian({
        packages,
        suite: suite.at(-1) as DebianOptions["suite"],
        kernel: kernel.at(-1) as DebianOptions["kernel"],
      }),
    ];
  } catch (error) {
    if (!isMachinesError(error)) throw error;
    throw new UsageError(`vitest-machines images build: ${[error.summary, error.hint].join("\n")}`);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`vitest-machines images build: ${(error as Error).message}. Valid: paths of cluster files.`);
  }
}

/** Says each phase of each image once. */
function teller(output: Output): PrepareOptions {
  let told = "";
  return {
    onProgress: ({ image, phase }) => {
      const text = `${c.bold(image)}  ${phase}`;
      if (text !== told) output.note(text);
      told = text;
    },
    onNotice: (text) => output.note(text),
  };
}
