import type { InputChange } from "@vitest-machines/driver";

/** Enough to recognize a value by. */
const longest = 60;

/** An input that changed, in one line for each part of it that did. Pure. */
export function describeChange({ name, before, now }: InputChange): string[] {
  if (before === undefined) return [`${name}: new, ${shorten(now ?? "")}`];
  if (now === undefined) return [`${name}: gone, was ${shorten(before)}`];
  const [old, fresh] = [asStructure(before), asStructure(now)];
  if (old !== undefined && fresh !== undefined) return partsThatDiffer(name, old, fresh);
  const oldLines = before.split("\n");
  const lines = now.split("\n");
  const index = lines.findIndex((line, at) => line !== oldLines[at]);
  const line = index === -1 ? lines.length : index;
  const where = oldLines.length > 1 || lines.length > 1 ? `, line ${line + 1}` : "";
  return [`${name}${where}: ${arrow(oldLines[line], lines[line])}`];
}

/** Settings are given as JSON, of which people want to see what differs. */
function asStructure(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    // Plain text.
    return undefined;
  }
}

function partsThatDiffer(path: string, before: unknown, now: unknown): string[] {
  if (!isStructure(before) || !isStructure(now)) {
    const [old, fresh] = [JSON.stringify(before), JSON.stringify(now)];
    return old === fresh ? [] : [`${path}: ${arrow(old, fresh)}`];
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.flatMap((name) => partsThatDiffer(`${path}.${name}`, before[name], now[name]));
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function arrow(before: string | undefined, now: string | undefined): string {
  return `${before === undefined ? "nothing" : shorten(before)} → ${now === undefined ? "nothing" : shorten(now)}`;
}

/** Digests are told apart by their beginning, other long values are cut. */
function shorten(value: string): string {
  const text = value.trim().replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, "$1");
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
