import { ownVersion } from "../version.ts";
import { checkAccelerator } from "./checks/accelerator.ts";
import { checkAgent } from "./checks/agent.ts";
import { checkBudget } from "./checks/budget.ts";
import { checkDisk } from "./checks/disk.ts";
import { checkImage } from "./checks/image.ts";
import { checkLayers } from "./checks/layers.ts";
import { checkTools } from "./checks/tools.ts";
import { checkUserNamespaces } from "./checks/user-namespaces.ts";
import type { Finding, Report } from "./finding.ts";

/** Runs every check; none changes the host, and each turns its own failure into a finding. */
export async function examineHost(): Promise<Report> {
  const image = await checkImage();
  const imageIsBuilt = image.files !== undefined;
  const [tools, accelerator, namespaces, disk, layers] = await Promise.all([
    checkTools(imageIsBuilt),
    checkAccelerator(image.files),
    checkUserNamespaces(),
    checkDisk(imageIsBuilt),
    checkLayers(),
  ]);
  const findings: Finding[] = [
    ...tools,
    accelerator,
    namespaces,
    checkBudget(),
    ...disk,
    checkAgent(),
    image.finding,
    layers,
  ];
  return {
    version: ownVersion(),
    node: process.versions.node,
    canBoot: findings.every(({ status }) => status !== "fail"),
    findings,
  };
}
