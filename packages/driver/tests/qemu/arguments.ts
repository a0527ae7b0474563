/** QEMU's options as pairs, so that tests need not care for their order: `-m 128M` is `["-m", "128M"]`. */
export function optionPairs(argv: readonly string[]): string[][] {
  const pairs: string[][] = [];
  for (const word of argv.slice(1)) {
    const last = pairs.at(-1);
    if (word.startsWith("-") || last === undefined) pairs.push([word]);
    else last.push(word);
  }
  return pairs;
}

/** The values of every occurrence of an option. */
export function valuesOf(argv: readonly string[], option: string): (string | undefined)[] {
  return optionPairs(argv)
    .filter(([name]) => name === option)
    .map(([, value]) => value);
}
