/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
 * @param most Larger distances need not be told apart: Infinity stands for them, found sooner.
 */
export function editDistance(a: string, b: string, most: number = Infinity): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) + 1 : Infinity;
      row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced, swapped));
    }
    // A swap reaches back two rows.
    if (Math.min(...row) > most && Math.min(...above) >= most) return Infinity;
    [before, above] = [above, row];
  }
  const distance = above[b.length] ?? 0;
  return distance > most ? Infinity : distance;
}
