import { ImageStore, type CachedImage } from "@vitest-machines/images";
import c from "tinyrainbow";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";
import { table } from "../table.ts";
import { age, plural, size } from "../words.ts";
import { specOf, totalBytes } from "./words.ts";

const usage = "ls [--json]";

export const ls: Subcommand = {
  name: "ls",
  usage,
  summary: "List them, and what they are made of",
  run(argv, output) {
    const { flags } = readArguments(argv, { usage: `images ${usage}`, flags: ["json"], least: 0, most: 0 });
    const store = new ImageStore();
    const images = store.list();
    const downloads = store.downloads();
    if (flags.json) {
      output.out(JSON.stringify({ root: store.root, downloads, images }, undefined, 2));
      return Promise.resolve(0);
    }
    if (images.length > 0) output.out(renderImages(images, new Date()));
    output.note(
      `${plural(images.length, "folder")} with ${size(totalBytes(images))}, and ` +
        `${plural(downloads.count, "downloaded package")} with ${size(downloads.bytes)}, in ${store.root}`,
    );
    return Promise.resolve(0);
  },
};

/** A line for each, below a heading. */
export function renderImages(images: readonly CachedImage[], now: Date): string {
  const heading = ["folder", "what", "size", "age", "last used", "in use"];
  const rows = images.map((image) => [
    image.name,
    specOf(image),
    size(image.bytes),
    age(image.builtAt, now),
    ago(image.lastUsedAt, now),
    image.problem === undefined ? (image.inUse ? "yes" : "no") : `damaged: ${image.problem}`,
  ]);
  const [first = "", ...rest] = table([heading, ...rows]);
  return [c.bold(first), ...rest].join("\n");
}

function ago(date: Date, now: Date): string {
  const text = age(date, now);
  return text === "just now" ? text : `${text} ago`;
}
