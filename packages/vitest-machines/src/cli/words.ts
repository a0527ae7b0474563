/** In MiB, because that is what limits and machines are given in. */
export function size(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes)} MiB`;
}

const units = [
  { name: "day", milliseconds: 24 * 3600_000 },
  { name: "hour", milliseconds: 3600_000 },
  { name: "minute", milliseconds: 60_000 },
];

/** How long ago something was, in its largest unit; to the minute is precise enough. */
export function age(date: Date, now: Date): string {
  const passed = now.getTime() - date.getTime();
  const unit = units.find(({ milliseconds }) => passed >= milliseconds);
  return unit === undefined ? "just now" : plural(Math.floor(passed / unit.milliseconds), unit.name);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
