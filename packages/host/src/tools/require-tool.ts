import { MachinesError } from "../errors/machines-error.ts";
import { toolCatalog, type Distribution, type ToolName } from "./catalog.ts";
import { hostDistribution, installAdvice } from "./distribution.ts";
import { findTool } from "./find-tool.ts";

/**
 * The absolute path of a program.
 * @param neededFor what cannot be done without it, such as `VLAN 1 of cluster "web"`
 * @throws MachinesError TOOL_MISSING with the command that installs it here
 */
export function requireTool(name: ToolName, neededFor: string): string {
  const path = findTool(name);
  if (path === undefined) throw toolMissing(name, neededFor, hostDistribution());
  return path;
}

/** The error for a missing program, with the advice for `distribution`, or for all of them when it is unknown. */
export function toolMissing(name: ToolName, neededFor: string, distribution: Distribution | undefined): MachinesError {
  const { packages } = toolCatalog[name];
  return new MachinesError("TOOL_MISSING", `${name} not found in PATH. Needed for ${neededFor}.`, {
    facts: { tool: name, package: distribution === undefined ? null : packages[distribution] },
    hint: `${installAdvice(distribution, (which) => [packages[which]])} Or run: npx vitest-machines setup`,
  });
}
