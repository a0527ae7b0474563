import { MachinesError } from "@vitest-machines/host";

/** How many characters of a key people see and may type. */
export const shortKeyLength = 12;

export function shortKey(key: string): string {
  return key.slice(0, shortKeyLength);
}

/** Keys are names of folders; what starts with a dot there is the store's own. */
export function isLayerKey(text: string): boolean {
  return /^[0-9a-z][0-9a-z-]{0,99}$/.test(text);
}

/** @throws MachinesError LAYER_INVALID */
export function requireLayerKey(text: string): string {
  if (isLayerKey(text)) return text;
  throw new MachinesError("LAYER_INVALID", `"${text}" is no key of a layer.`, {
    hint: "Keys are digests: small letters and digits, at most 100.",
  });
}
