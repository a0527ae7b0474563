import { toolCatalog, type ToolName } from "./catalog.ts";
import { findTool } from "./find-tool.ts";

/** The version that a tool reports, undefined when it is absent or cannot tell. */
export async function toolVersion(name: ToolName): Promise<string | undefined> {
  const path = findTool(name);
  const { versionArguments } = toolCatalog[name];
  if (path === undefined || versionArguments === undefined) return undefined;
  // Loaded here, because it takes 90 ms and this package is loaded by every Vitest that has the plugin.
  const { execa } = await import("execa");
  const { stdout } = await execa(path, versionArguments, { reject: false, timeout: 5_000, stdin: "ignore" });
  return parseVersion(stdout);
}

/** The first thing in a text that looks like a version, such as `7.2.22` or `2.3.2`. */
export function parseVersion(text: string): string | undefined {
  return /(?<![\d.])\d+\.\d+(?:\.\d+)*/.exec(text)?.[0];
}
