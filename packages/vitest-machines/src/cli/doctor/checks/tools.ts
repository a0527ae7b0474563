import {
  findTool,
  hostDistribution,
  installAdvice,
  toolCatalog,
  toolVersion,
  type ToolEntry,
} from "@vitest-machines/host";
import type { Finding, Status } from "../finding.ts";

/** Building an image is what a host without one must be able to do first, but one that has it boots without. */
const statusWhenMissing: Readonly<Record<ToolEntry["need"], Status>> = {
  cluster: "fail",
  image: "warn",
  feature: "warn",
};

/** One finding per host program: version and path, or what it is needed for and how to get it. */
export async function checkTools(): Promise<Finding[]> {
  return Promise.all(Object.values(toolCatalog).map(checkTool));
}

async function checkTool(tool: ToolEntry): Promise<Finding> {
  const identity = { id: `tool.${tool.name}`, title: tool.name };
  const path = findTool(tool.name);
  if (path === undefined) {
    return {
      ...identity,
      status: statusWhenMissing[tool.need],
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
