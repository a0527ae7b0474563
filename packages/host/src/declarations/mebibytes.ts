/** `"512M"`, `"1.5G"` or a whole number of MiB, as MiB rounded up; undefined for anything else. */
export function toMebibytes(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?([MG])(?:iB|B)?$/i.exec(value.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.ceil(Number(amount) * (unit.toUpperCase() === "G" ? 1024 : 1));
}
