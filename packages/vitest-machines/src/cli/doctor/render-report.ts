import c from "tinyrainbow";
import type { Finding, Report, Status } from "./finding.ts";

const marks: Readonly<Record<Status, () => string>> = {
  ok: () => c.green("✓"),
  warn: () => c.yellow("!"),
  fail: () => c.red("✗"),
};

/** The report for humans: one finding a line, its fix below it, the conclusion last. */
export function renderReport({ version, node, canBoot, findings }: Report): string {
  const width = Math.max(...findings.map(({ title }) => title.length));
  return [
    c.bold(`vitest-machines ${version}, Node ${node}`),
    ...findings.flatMap((finding) => renderFinding(finding, width)),
    conclusion(canBoot, findings),
  ].join("\n");
}

function renderFinding({ title, status, detail, fix }: Finding, width: number): string[] {
  const margin = " ".repeat(width + 6);
  const fixes = fix === undefined || status === "ok" ? [] : fix.split("\n").map((line) => margin + c.cyan(line));
  return [`  ${marks[status]()} ${title.padEnd(width)}  ${detail}`, ...fixes];
}

function conclusion(canBoot: boolean, findings: readonly Finding[]): string {
  if (!canBoot) return c.red("No cluster can boot here until what is marked ✗ is fixed.");
  const warnings = findings.filter(({ status }) => status === "warn").length;
  if (warnings === 0) return c.green("Clusters can boot here.");
  return `${c.green("Clusters can boot here,")} with ${warnings} thing${warnings === 1 ? "" : "s"} to know, marked !.`;
}
