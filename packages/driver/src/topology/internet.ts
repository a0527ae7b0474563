import { invalid, onlyKnown } from "@vitest-machines/host";
import { userCard } from "./addresses.ts";
import type { Setting } from "./contents.ts";
import type { HostService, InternetPlan, NodePlan, UserCard } from "./plan.ts";
import { validatePort } from "./validate-port.ts";
import { validateChoice } from "./settings.ts";

/** The card on QEMU's own network, if anything wants one. @throws MachinesError DECLARATION_INVALID */
export function planUserCard(setting: Setting, number: number): UserCard | undefined {
  const isWanted = validateChoice(...setting("userNetwork", false));
  const internet = validateInternet(...setting("internet", false));
  const services = validateHostServices(...setting("hostServices", {}));
  const resolving = services.find(({ port }) => port === internet?.dnsPort);
  if (resolving) {
    const [value, at] = setting("hostServices", {});
    const valid = "ports that do not answer DNS queries for the machine already";
    throw invalid({
      path: `${at}.${resolving.name}`,
      value: (value as Record<string, unknown>)[resolving.name],
      reason: "is the port of `internet`'s `dns`",
      valid,
    });
  }
  if (!isWanted && internet === undefined && services.length === 0) return undefined;
  return { ...userCard(number), ...(internet && { internet }), ...(services.length > 0 && { services }) };
}

/** @returns undefined for none @throws MachinesError DECLARATION_INVALID */
export function validateInternet(value: unknown, path: string): InternetPlan | undefined {
  if (typeof value === "boolean") return value ? {} : undefined;
  const valid = "true, false, or { dns: 5353 } for a port of the host's loopback that answers DNS queries";
  if (!isRecord(value)) throw invalid({ path, value, reason: "is no way to the internet", valid });
  onlyKnown(path, value, ["dns"]);
  const { dns } = value;
  return dns === undefined ? {} : { dnsPort: validatePort(dns, `${path}.dns`) };
}

/** @throws MachinesError DECLARATION_INVALID */
export function validateHostServices(value: unknown, path: string): readonly HostService[] {
  const valid = "ports of the host's loopback by name, such as { registry: 5000 }";
  if (!isRecord(value)) throw invalid({ path, value, reason: "is not a list of services by name", valid });
  // In one order, so that the same services make the same layer.
  const names = Object.keys(value).sort();
  const twin = names.find((name, index) => names.findIndex((other) => isSame(name, other)) !== index);
  if (twin !== undefined) {
    throw invalid({ path, value: twin, reason: "is there in another case, too", valid: "each name once" });
  }
  return names.map((name) => {
    if (!isHostName(name)) {
      const valid = 'host names such as "registry" or "registry.example", but not localhost';
      throw invalid({ path, value: name, reason: "is not a name for a service", valid });
    }
    return { name, port: validatePort(value[name], `${path}.${name}`) };
  });
}

/** Checks that no service has the name of a machine. @throws MachinesError DECLARATION_INVALID */
export function requireOwnServiceNames(nodes: readonly Pick<NodePlan, "name" | "userCard">[]): void {
  for (const { name, userCard } of nodes) {
    const taken = userCard?.services?.find((service) => nodes.some((node) => isSame(node.name, service.name)));
    if (taken === undefined) continue;
    const valid = "names that no machine of the cluster has";
    const path = `nodes.${name}.hostServices`;
    throw invalid({ path, value: taken.name, reason: "is the name of a machine", valid });
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isHostName(name: string): boolean {
  const isLabel = (label: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label);
  const labels = name.split(".");
  // The last one without letters would make it an address.
  const isNumber = /^\d+$/.test(labels.at(-1) ?? "");
  return name.length <= 253 && labels.every(isLabel) && !isNumber && !isSame(labels.at(-1) ?? "", "localhost");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
