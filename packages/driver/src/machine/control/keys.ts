import { invalid } from "@vitest-machines/host";

/** A key as QMP's `send-key` takes it. */
export type QmpKey =
  { readonly type: "qcode"; readonly data: string } | { readonly type: "number"; readonly data: number };

/** Characters of the US layout that are not their own key's name, by the key and the character with shift. */
const characters: Readonly<Record<string, string>> = {
  "-_": "minus",
  "=+": "equal",
  "[{": "bracket_left",
  "]}": "bracket_right",
  ";:": "semicolon",
  "'\"": "apostrophe",
  "`~": "grave_accent",
  "\\|": "backslash",
  ",<": "comma",
  ".>": "dot",
  "/?": "slash",
};
const digits = ")!@#$%^&*(";

const byCharacter = new Map<string, readonly string[]>([
  [" ", ["spc"]],
  ["\n", ["ret"]],
  ["\t", ["tab"]],
  ["\b", ["backspace"]],
  ["\x1b", ["esc"]],
  ..."abcdefghijklmnopqrstuvwxyz".split("").flatMap((letter): [string, string[]][] => [
    [letter, [letter]],
    [letter.toUpperCase(), ["shift", letter]],
  ]),
  ...digits.split("").flatMap((symbol, digit): [string, string[]][] => [
    [String(digit), [String(digit)]],
    [symbol, ["shift", String(digit)]],
  ]),
  ...Object.entries(characters).flatMap(([pair, key]): [string, string[]][] => [
    [pair[0] as string, [key]],
    [pair[1] as string, ["shift", key]],
  ]),
]);

/**
 * The keys to press together for a character of the US layout, a key's name (`ret`, `f1`, `0x1c`), or names joined by
 * dashes (`ctrl-alt-delete`). The names are QEMU's qcodes, as in the NixOS test driver.
 */
export function keysOf(key: string): QmpKey[] {
  const chord = byCharacter.get(key) ?? (key.length > 1 ? key.split("-").flatMap(nameOf) : undefined);
  if (chord === undefined || chord.length === 0 || chord.some((name) => !/^(\w+|0x[\da-f]+)$/i.test(name))) {
    const valid = 'a character of the US keyboard, a name such as "ret" or "f1", or several such as "ctrl-alt-delete"';
    throw invalid({ path: "key", value: key, reason: "is no key", valid });
  }
  return chord.map((name) =>
    /^0x/i.test(name) ? { type: "number", data: Number(name) } : { type: "qcode", data: name },
  );
}

/** In a chord a capital letter is meant as the key, and a character by its key. */
function nameOf(part: string): readonly string[] {
  return byCharacter.get(part.toLowerCase()) ?? [part];
}
