import { toolCatalog, type ToolEntry } from "./catalog.ts";
import { findTool } from "./find-tool.ts";

/** Entries of the catalog that this host lacks. */
export function missingTools(): ToolEntry[] {
  return Object.values(toolCatalog).filter((tool) => findTool(tool.name) === undefined);
}
