import { nearest } from "../names/nearest.ts";
import { invalid } from "./invalid.ts";

/**
 * Checks that nothing of an object is misspelt: an option without effect would be found only by wondering, minutes later, why
 * it has none.
 * @param at where, such as `nodes.server`
 * @param elsewhere what to do instead, by options that are known under another name or in another place
 * @throws MachinesError DECLARATION_INVALID
 */
export function onlyKnown(
  at: string,
  value: object,
  keys: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  const meant = nearest(unknown, keys);
  const near = meant === undefined ? undefined : `Did you mean ${JSON.stringify(meant)}?`;
  const fix = Object.hasOwn(elsewhere, unknown) ? elsewhere[unknown] : near;
  throw invalid({ path: at, value: unknown, reason: "is not an option", valid: keys.join(", "), fix });
}
