import { invalid } from "@vitest-machines/host";

/** A share, such as `"10%"` or `"0.5%"`. */
export type Percentage = `${number}%`;

/** A time with its unit, such as `"50ms"` or `"1.5s"`. */
export type Duration = `${number}ms` | `${number}s`;

/** Bits a second with their unit, such as `"512kbit"`, `"1mbit"` or `"1.5gbit"`; a mbit is 1,000,000 bits. */
export type Rate = `${number}kbit` | `${number}mbit` | `${number}gbit`;

const number = String.raw`(\d+(?:\.\d+)?)`;

/** @returns 0–100 @throws DECLARATION_INVALID */
export function percent(value: unknown, path: string, most = 100): number {
  const parsed = amount(value, new RegExp(`^${number}%$`));
  if (parsed !== undefined && parsed <= most) return parsed;
  throw invalid({ path, value, reason: `is not a share up to ${most} %`, valid: 'a text such as "10%"' });
}

/** @returns milliseconds @throws DECLARATION_INVALID */
export function milliseconds(value: unknown, path: string, mostMs: number): number {
  const whole = amount(value, new RegExp(`^${number}ms$`));
  const parsed = whole ?? (amount(value, new RegExp(`^${number}s$`)) ?? NaN) * 1000;
  if (parsed <= mostMs) return parsed;
  const reason = `is not a time up to ${mostMs / 1000} s`;
  throw invalid({ path, value, reason, valid: 'a text with its unit, such as "50ms" or "1.5s"' });
}

const bits: Readonly<Record<string, number>> = { kbit: 1e3, mbit: 1e6, gbit: 1e9 };
const leastBits = 8e3;
const mostBits = 10e9;

/** @returns bytes a second @throws DECLARATION_INVALID */
export function bytesPerSecond(value: unknown, path: string): number {
  const [, count, unit = ""] = (typeof value === "string" && /^(\d+(?:\.\d+)?)([kmg]bit)$/.exec(value)) || [];
  const parsed = Number(count) * (bits[unit] ?? NaN);
  if (parsed >= leastBits && parsed <= mostBits) return parsed / 8;
  const reason = "is not a rate from 8kbit to 10gbit";
  throw invalid({ path, value, reason, valid: 'bits a second with their unit, such as "512kbit" or "1.5mbit"' });
}

/** @throws DECLARATION_INVALID */
export function count(value: unknown, path: string, [least, most]: readonly [number, number]): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw invalid({ path, value, reason: "does not fit", valid: `a number from ${least} to ${most}` });
}

function amount(value: unknown, pattern: RegExp): number | undefined {
  const text = typeof value === "string" ? pattern.exec(value)?.[1] : undefined;
  return text === undefined ? undefined : Number(text);
}
