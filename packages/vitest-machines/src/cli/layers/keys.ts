import { shortKey, type LayerSummary } from "@vitest-machines/driver";
import { UsageError } from "../command.ts";

/**
 * The keys that people mean by the first characters of them.
 * @throws UsageError when one fits no layer or several, with those that there are
 */
export function resolveKeys(wanted: readonly string[], layers: readonly LayerSummary[]): string[] {
  const keys = wanted.map((text) => {
    const fitting = layers.filter(({ key }) => key.startsWith(text)).map(({ key }) => key);
    const exact = fitting.find((key) => key === text);
    const [key] = exact === undefined ? fitting : [exact];
    if (key !== undefined && (exact !== undefined || fitting.length === 1)) return key;
    if (fitting.length > 1) throw new UsageError(`"${text}" could be any of ${fitting.map(shortKey).join(", ")}.`);
    const known = layers.map((layer) => shortKey(layer.key)).join(", ");
    throw new UsageError(`no layer's key begins with "${text}". Layers: ${known || "none"}.`);
  });
  return [...new Set(keys)];
}
