import { LayerStore, shortKey, type Lookup, type WhyReport } from "@vitest-machines/driver";
import c from "tinyrainbow";
import { UsageError } from "../command.ts";
import { readArguments } from "../options.ts";
import { describeChange } from "./describe-change.ts";
import type { Subcommand } from "../subcommand.ts";
import { age, plural } from "../words.ts";

const usage = "why SUITE";

export const why: Subcommand = {
  name: "why",
  usage,
  summary: "What a suite's last look for its layer found, and what had changed",
  async run(argv, output) {
    const { words } = readArguments(argv, { usage: `layers ${usage}`, flags: [], least: 1, most: Infinity });
    // Names of suites have spaces, and quotes are easily forgotten.
    const suite = words.join(" ");
    const report = await new LayerStore().why(suite);
    if (!report.found) throw new UsageError(notFound(suite, report));
    output.out(renderWhy(report, new Date()));
    return 0;
  },
};

type Found = Extract<WhyReport, { found: true }>;

/** What happened, and why, in plain words. */
export function renderWhy({ suite, last, earlier, changes }: Found, now: Date): string {
  return [c.bold(suite), outcome(last, now), ...explanation(last, earlier, changes, now)].join("\n");
}

function outcome({ outcome: what, key, at }: Lookup, now: Date): string {
  const when = moment(at, now);
  return what === "hit"
    ? `  ${when} its layer ${shortKey(key)} was found, and its machines were forked.`
    : `  ${when} there was no layer ${shortKey(key)}, and its machines were booted.`;
}

function explanation(last: Lookup, earlier: Lookup | undefined, changes: Found["changes"], now: Date): string[] {
  if (earlier === undefined) return last.outcome === "hit" ? [] : ["  It had not been looked for before."];
  const before = `layer ${shortKey(earlier.key)} was ${earlier.outcome === "hit" ? "found" : "looked for"} ${moment(earlier.at, now)}`;
  if (changes.length > 0) {
    const heading = `  ${plural(changes.length, "thing")} changed since ${before}:`;
    return [heading, ...changes.flatMap((change) => describeChange(change).map((line) => `    ${line}`))];
  }
  if (last.outcome === "hit") return [];
  return [`  Nothing that it is made of changed since ${before}: it was pruned, damaged, or could not be kept.`];
}

function moment(date: Date, now: Date): string {
  const text = age(date, now);
  return text === "just now" ? text : `${text} ago`;
}

function notFound(wanted: string, { isAmbiguous, suites }: Extract<WhyReport, { found: false }>): string {
  if (suites.length === 0) return "no suite has looked for a layer yet.";
  const problem = isAmbiguous
    ? `several suites have "${wanted}" in their names`
    : `no suite has "${wanted}" in its name`;
  return [`${problem}${isAmbiguous ? ":" : ". Known:"}`, ...suites.map((suite) => `  ${suite}`)].join("\n");
}
