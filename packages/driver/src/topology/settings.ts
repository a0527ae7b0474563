import { bootModes, stumbleKinds, type BootMode, type StumbleKind } from "./declaration.ts";
import { invalid } from "@vitest-machines/host";

/** The PCI bus of machine `pc` has 32 slots; the chipset, the agent's port, entropy, the image's disk and that for copies want some of them. */
const mostDevices = 24;
/** The limit of machine `pc`. */
const mostCpus = 255;
const defaultBootTimeoutMs = 300_000;

export function validateChoice(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid({ path, value, reason: "is not a choice", valid: "true, false" });
}

/** Checks that a machine's cards and extra disks, together, fit into it. */
export function validateDeviceCount(count: number, path: string): void {
  if (count <= mostDevices) return;
  const valid = `at most ${mostDevices} for each machine, which is what its PCI bus has room for`;
  throw invalid({ path, value: count, reason: "network cards and disks are too many", valid });
}

export function validateCpus(value: unknown, path: string): number {
  if (isIntegerWithin(value, 1, mostCpus)) return value;
  const valid = `whole numbers from 1 to ${mostCpus}`;
  throw invalid({ path, value, reason: "is not a number of CPUs", valid });
}

export function validateKernelParams(value: unknown, path: string): readonly string[] {
  const isParameter = (entry: unknown): boolean =>
    typeof entry === "string" && /^[^\s\0]([^\r\n\0]*[^\s\0])?$/.test(entry);
  if (Array.isArray(value) && value.every(isParameter)) return value as readonly string[];
  const valid = 'a list of parameters, such as ["quiet", "net.ifnames=0"]';
  throw invalid({ path, value, reason: "is not a list of kernel parameters", valid });
}

export function validateCpu(value: unknown, path: string): string {
  if (typeof value === "string" && /^[\w.+=,-]+$/.test(value)) return value;
  const valid = 'a model that `qemu-system-x86_64 -cpu help` lists, such as "max"';
  throw invalid({ path, value, reason: "is not a CPU model", valid });
}

export function validateEnv(value: unknown, path: string): Readonly<Record<string, string>> {
  const isVariable = ([name, text]: [string, unknown]): boolean =>
    /^[A-Za-z_]\w*$/.test(name) && typeof text === "string" && !text.includes("\0");
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.entries(value).every(isVariable)) {
    return value as Readonly<Record<string, string>>;
  }
  throw invalid({ path, value, reason: "is not an environment", valid: 'texts by name, such as { LANG: "C.UTF-8" }' });
}

export function validateAllow(value: unknown, path: string): readonly StumbleKind[] {
  const isKind = (entry: unknown): boolean => (stumbleKinds as readonly unknown[]).includes(entry);
  if (Array.isArray(value) && value.every(isKind)) return value as readonly StumbleKind[];
  const valid = `a list of ${stumbleKinds.map((kind) => JSON.stringify(kind)).join(", ")}`;
  throw invalid({ path, value, reason: "is not a list of what a guest may do", valid });
}

export function validateQemuArgs(value: unknown, path: string): readonly string[] {
  const isArgument = (entry: unknown): boolean => typeof entry === "string" && !entry.includes("\0");
  if (Array.isArray(value) && value.every(isArgument)) return value as readonly string[];
  const valid = 'a list of arguments, such as ["-device", "virtio-balloon-pci"]';
  throw invalid({ path, value, reason: "is not a list of arguments", valid });
}

export function validateClusterName(value: unknown): string {
  if (value === undefined) return "cluster";
  if (typeof value === "string" && /^\P{C}{1,100}$/u.test(value) && value.trim() !== "") return value;
  throw invalid({ path: "name", value, reason: "is not a name", valid: "1 to 100 printable characters" });
}

export function validateBoot(value: unknown): BootMode {
  const mode = bootModes.find((known) => known === (value ?? "all"));
  if (mode !== undefined) return mode;
  const valid = bootModes.map((known) => JSON.stringify(known)).join(", ");
  throw invalid({ path: "boot", value, reason: "is not a way to boot", valid });
}

export function validateBootTimeout(value: unknown): number {
  if (value === undefined) return defaultBootTimeoutMs;
  if (typeof value === "number" && value > 0) return value;
  const valid = "milliseconds, more than 0; Infinity for no limit";
  throw invalid({ path: "bootTimeout", value, reason: "is not a duration", valid });
}

function isIntegerWithin(value: unknown, lowest: number, highest: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest;
}
