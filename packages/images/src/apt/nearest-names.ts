import { editDistance } from "@vitest-machines/host";

/** The names that a mistyped one most likely stands for, best first. */
export function nearestNames(wanted: string, names: Iterable<string>, count = 3): string[] {
  const most = Math.max(2, Math.floor(wanted.length / 3));
  const scored: { name: string; distance: number }[] = [];
  for (const name of names) {
    // `mariadb-server` is what `mariadb` means.
    const distance = name.startsWith(`${wanted}-`) ? 1.5 : editDistance(wanted, name, most);
    if (distance <= most) scored.push({ name, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return scored.slice(0, count).map(({ name }) => name);
}
