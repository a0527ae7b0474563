import {
  findTool,
  hostDistribution,
  installAdvice,
  toolCatalog,
  toolVersion,
  type ToolEntry,
} from "@vitest-machines/host";
import type { Finding, Status } from "../finding.ts";

/**
 * One finding per host program: version and path, or what it is needed for and how to get it.
 * @param imageIsBuilt whether there is an image to boot from already, so that building one can wait
 */
export async function checkTools(imageIsBuilt: boolean): Promise<Finding[]> {
  return Promise.all(Object.values(toolCatalog).map((tool) => checkTool(tool, imageIsBuilt)));
}

function statusWhenMissing(need: ToolEntry["need"], imageIsBuilt: boolean): Status {
  return need === "cluster" || (need === "image" && !imageIsBuilt) ? "fail" : "warn";
}

async function checkTool(tool: ToolEntry, imageIsBuilt: boolean): Promise<Finding> {
  const identity = { id: `tool.${tool.name}`, title: tool.name };
  const path = findTool(tool.name);
  if (path === undefined) {
    return {
      ...identity,
      status: statusWhenMissing(tool.need, imageIsBuilt),
      detail: `not found in PATH; needed to ${tool.purpose}`,
      fix: installAdvice(hostDistribution(), (distribution) => [tool.packages[distribution]]),
      facts: { path: null, version: null },
    };
  }
  const version = await toolVersion(tool.name);
  return {
    ...identity,
    status: "ok",
    detail: [version, path].filter(Boolean).join("  "),
    facts: { path, version: version ?? null },
  };
}
