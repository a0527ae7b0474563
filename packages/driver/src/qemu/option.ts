/**
 * One QEMU option argument: `option("socket", { id: "a", path: "/x" })` is `socket,id=a,path=/x`.
 * Commas end a value in QEMU's syntax, so they are doubled.
 */
export function option(head: string, values: Readonly<Record<string, string | number>> = {}): string {
  return [head, ...Object.entries(values).map(([key, value]) => `${key}=${escape(String(value))}`)].join(",");
}

function escape(value: string): string {
  return value.replaceAll(",", ",,");
}
