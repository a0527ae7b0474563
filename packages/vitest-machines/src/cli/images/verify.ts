import { nearest } from "@vitest-machines/host";
import { ImageStore, type CachedImage } from "@vitest-machines/images";
import c from "tinyrainbow";
import { UsageError } from "../command.ts";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";
import { plural } from "../words.ts";
import { specOf } from "./words.ts";

const usage = "verify [FOLDER...] [--drop]";

export const verify: Subcommand = {
  name: "verify",
  usage,
  summary: "Hash every file; exit code 1 on damage, which --drop removes",
  async run(argv, output) {
    const shape = { usage: `images ${usage}`, flags: ["drop"] as const, least: 0, most: Infinity };
    const { flags, words } = readArguments(argv, shape);
    const store = new ImageStore();
    const images = chosen(words, store.list());
    let damaged = 0;
    for (const image of images) {
      const problem = await store.verify(image);
      if (problem !== undefined) damaged++;
      const dropped = problem !== undefined && flags.drop && (await store.drop(image));
      const mark = problem === undefined ? c.green("✓") : c.red("✗");
      output.out(`${mark} ${image.name}  ${specOf(image)}${dropped ? ": removed" : ""}`);
      if (problem !== undefined) output.out(`    ${problem}`);
    }
    output.note(conclusion(images.length, damaged, flags.drop));
    return damaged > 0 ? 1 : 0;
  },
};

/** The images that people mean by the names of their folders. @throws UsageError for one that is not there */
function chosen(words: readonly string[], images: readonly CachedImage[]): readonly CachedImage[] {
  if (words.length === 0) return images;
  return [...new Set(words)].map((word) => {
    const found = images.find(({ name }) => name === word);
    if (found !== undefined) return found;
    const names = images.map(({ name }) => name);
    const near = nearest(word, names);
    const advice = near === undefined ? `There are: ${names.join(", ") || "none"}.` : `Did you mean ${near}?`;
    throw new UsageError(`vitest-machines images verify: there is no ${word}. ${advice}`);
  });
}

function conclusion(count: number, damaged: number, drop: boolean): string {
  if (damaged === 0) return `${plural(count, "folder")}, no damage.`;
  const advice = drop ? "" : " The next run that wants one builds it again; --drop removes them now.";
  return `${damaged} of ${plural(count, "folder")} damaged.${advice}`;
}
