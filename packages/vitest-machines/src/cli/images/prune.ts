import { ImageStore, type ImagePruneReason, type ImagePruneReport } from "@vitest-machines/images";
import { toMebibytes } from "@vitest-machines/host";
import { UsageError } from "../command.ts";
import { readArguments } from "../options.ts";
import type { Subcommand } from "../subcommand.ts";
import { plural, size } from "../words.ts";
import { specOf, totalBytes } from "./words.ts";

const usage = "prune [--days N] [--size SIZE] [--all]";
const day = 24 * 3600_000;

const reasons: Readonly<Record<ImagePruneReason, string>> = {
  age: "unused for too long",
  size: "all together were too large",
  all: "not in use",
};

export const prune: Subcommand = {
  name: "prune",
  usage,
  summary: "Remove what was not used for N days, 30 by default, or what is too much; nothing in use",
  async run(argv, output) {
    const shape = { usage: `images ${usage}`, flags: ["all"], values: ["days", "size"], least: 0, most: 0 } as const;
    const { flags, values } = readArguments<"all", "days" | "size">(argv, shape);
    const [days] = values.days.slice(-1);
    const [most] = values.size.slice(-1);
    const report = await new ImageStore().prune({
      all: flags.all,
      ...(days !== undefined && { maxAgeMs: daysIn(days) * day }),
      ...(most !== undefined && { maxBytes: bytesIn(most) }),
    });
    for (const image of report.removed) {
      output.out(`removed ${image.name}  ${specOf(image)}, ${size(image.bytes)}: ${reasons[image.reason]}`);
    }
    output.note(conclusion(report));
    return 0;
  },
};

function conclusion({ removed, kept, packages, leftovers }: ImagePruneReport): string {
  const used = kept.filter(({ inUse }) => inUse).length;
  const gone = [
    plural(removed.length, "folder"),
    ...(packages.count > 0 ? [`${plural(packages.count, "downloaded package")} with ${size(packages.bytes)}`] : []),
    ...(leftovers > 0 ? [`${plural(leftovers, "leftover")} of killed builds`] : []),
  ];
  const stay = `${plural(kept.length, "folder")} with ${size(totalBytes(kept))} ${kept.length === 1 ? "stays" : "stay"}`;
  const inUse = used > 0 ? `, ${used} in use or used within the last 15 minutes` : "";
  return `Removed ${gone.join(", ")}. ${stay}${inUse}.`;
}

function daysIn(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`vitest-machines images prune: --days ${text} is not a number of days. Valid: 7, 0.5.`);
}

function bytesIn(text: string): number {
  const mebibytes = toMebibytes(/^\d+$/.test(text) ? Number(text) : text);
  if (mebibytes !== undefined) return mebibytes * 1024 ** 2;
  throw new UsageError(`vitest-machines images prune: --size ${text} is not a size. Valid: 5G, 900M, a number of MiB.`);
}
