import c from "tinyrainbow";
import type { Command } from "./command.ts";

/** The text of `--help`: for all commands, or for one. */
export function helpText(commands: readonly Command[], only?: Command): string {
  if (only !== undefined) return [only.summary, "", usage(only), ...indent(only.options)].join("\n");
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "Integration tests on real machines, in Vitest",
    "",
    `${c.bold("Usage")}  vitest-machines COMMAND [OPTIONS]`,
    "",
    ...commands.flatMap(({ name, summary, options }) => [
      `  ${c.cyan(name.padEnd(width))}  ${summary}`,
      ...options.map((option) => `  ${" ".repeat(width)}    ${c.dim(option)}`),
    ]),
    "",
    "  --help     This text, or with a command its own",
    "  --version  The version",
  ].join("\n");
}

function usage({ name, options }: Command): string {
  return `${c.bold("Usage")}  vitest-machines ${name}${options.length > 0 ? " [OPTIONS]" : ""}`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
