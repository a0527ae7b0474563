import { tiny, type Image } from "@vitest-machines/images";
import { lastNodeNumber } from "./addresses.ts";
import type { ClusterDeclaration, NodeDeclaration } from "./declaration.ts";
import { validateDeclaredCapture } from "./capture/capture.ts";
import { planContents } from "./contents.ts";
import { parseDisks, parseRootDisk } from "./disks.ts";
import { requireOwnHostPorts, validateForwardPorts } from "./forward-ports.ts";
import { hostsFile } from "./hosts.ts";
import { validateLayering } from "./layering.ts";
import { invalid } from "@vitest-machines/host";
import { planUserCard, requireOwnServiceNames } from "./internet.ts";
import { planDhcp } from "./networks/dhcp/plan-dhcp.ts";
import { planInterfaces } from "./networks/interfaces.ts";
import { markMirrored, mirroredVlans, ordinaryCards } from "./networks/mirrors.ts";
import { numberedVlans, validateNetworks, type Networks } from "./networks/networks.ts";
import { validateRouter } from "./networks/router.ts";
import { validateRoutes } from "./networks/routes.ts";
import { parseMemory } from "./memory.ts";
import { validateReady } from "./ready.ts";
import { validateNames } from "./names.ts";
import type { ClusterPlan, NodePlan } from "./plan.ts";
import {
  validateAllow,
  validateBoot,
  validateBootTimeout,
  validateChoice,
  validateClusterName,
  validateCpu,
  validateCpus,
  validateDeviceCount,
  validateEnv,
  validateKernelParams,
  validateQemuArgs,
} from "./settings.ts";
import { validateClusterShape, validateNodeShape, validateNodesShape } from "./shape.ts";

/**
 * Validates a declaration and decides everything that follows from it alone: numbers, addresses, names. Pure.
 * @throws MachinesError DECLARATION_INVALID naming the value, why it is refused and what is valid
 */
export function planCluster(declaration: ClusterDeclaration): ClusterPlan {
  validateClusterShape(declaration);
  validateNodesShape(declaration.nodes);
  validateNodeShape(declaration.defaults ?? {}, "defaults");
  // By code unit, so that numbers depend on no locale.
  const names = Object.keys(declaration.nodes).sort();
  validateNames(names);
  if (names.length > lastNodeNumber) {
    const valid = `at most ${lastNodeNumber} machines, which is what the addresses of a VLAN hold`;
    throw invalid({ path: "nodes", value: names.length, reason: "machines are too many", valid });
  }
  const { nodes, defaults = {} } = declaration;
  const networks = validateNetworks(declaration.networks, numberedVlans([defaults, ...Object.values(nodes)]));
  const numbered = names.map((name, index) => planNode(name, index + 1, nodes[name], { defaults, networks }));
  requireOwnHostPorts(numbered);
  requireOwnServiceNames(numbered);
  const boot = validateBoot(declaration.boot);
  const vlans = [...new Set(numbered.flatMap((node) => node.interfaces.map(({ vlan }) => vlan)))].sort((a, b) => a - b);
  const mirrored = mirroredVlans(numbered);
  const dhcp = planDhcp(networks, numbered);
  const capture = validateDeclaredCapture(declaration.capture, { machines: names, vlans, networks });
  return {
    name: validateClusterName(declaration.name),
    nodes: numbered.map((node) => ({ ...markMirrored(node, mirrored), hosts: hostsFile(node, numbered) })),
    networks,
    vlans,
    ...(dhcp.length > 0 && { dhcp }),
    boot,
    bootTimeoutMs: validateBootTimeout(declaration.bootTimeout),
    ...validateLayering(declaration, boot),
    ...(capture && { capture }),
  };
}

type NodeWithoutHosts = Omit<NodePlan, "hosts">;

/** What a machine's declaration is read with. */
export interface Around {
  readonly defaults: NodeDeclaration;
  readonly networks: Networks;
}

/** Everything about one machine but what it knows of the others. @throws MachinesError DECLARATION_INVALID */
export function planNode(name: string, number: number, own: unknown, { defaults, networks }: Around): NodeWithoutHosts {
  const path = `nodes.${name}`;
  validateNodeShape(own, path);
  /** The value, and where its author wrote it. */
  const setting = (key: keyof NodeDeclaration, fallback: unknown): [unknown, string] =>
    own[key] !== undefined ? [own[key], `${path}.${key}`] : [defaults[key] ?? fallback, `defaults.${key}`];
  /** A setting that only a plan with it has. */
  const optional = <K extends keyof NodeDeclaration, T>(key: K, validate: (value: unknown, path: string) => T) => {
    const [value, at] = setting(key, undefined);
    return (value === undefined ? {} : { [key]: validate(value, at) }) as Partial<Record<K, T>>;
  };
  const rootDisk = (): Pick<NodePlan, "diskMiB"> => {
    const [value, at] = setting("disk", undefined);
    return value === undefined ? {} : { diskMiB: parseRootDisk(value, at, image, path) };
  };
  const image = (own.image ?? defaults.image ?? tiny()) as Image;
  const contents = planContents(setting);
  const disks = parseDisks(...setting("disks", []));
  const eth0 = planUserCard(setting, number);
  const cards = {
    vlans: setting("vlans", undefined),
    interfaces: setting("interfaces", undefined),
    taken: eth0 ? [eth0.name] : [],
  };
  const interfaces = planInterfaces(cards, number, networks);
  const routes = optional("routes", (value, at) => validateRoutes(value, at, interfaces));
  const around = { image, networks, interfaces: ordinaryCards(interfaces), userCard: eth0, ...routes };
  const router = validateRouter(...setting("router", false), around);
  validateDeviceCount(interfaces.length + disks.length + (eth0 ? 1 : 0), path);
  return {
    name,
    number,
    image,
    memoryMiB: parseMemory(...setting("memory", image.defaultMemoryMiB)),
    cpus: validateCpus(...setting("cpus", 1)),
    kernelParams: validateKernelParams(...setting("kernelParams", [])),
    ...optional("cpu", validateCpu),
    ...optional("env", validateEnv),
    ...optional("qemuArgs", validateQemuArgs),
    ...optional("allow", validateAllow),
    ...(contents && { contents }),
    ...optional("forwardPorts", validateForwardPorts),
    ...optional("ready", validateReady),
    ...rootDisk(),
    interfaces,
    ...routes,
    ...optional("forwarding", validateChoice),
    ...(router && { router, forwarding: true }),
    ...(eth0 && { userCard: eth0 }),
    disks,
  };
}
