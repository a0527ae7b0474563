import { readFileSync } from "node:fs";
import type { BootFiles } from "../image.ts";

type Client = NonNullable<BootFiles["dhcp"]>;

/** Busybox' own: it is started when cards are there by their names. */
export function udhcpc(): Client {
  return { start: script("udhcpc"), isEarly: false };
}

/** It is started by systemd at its place in the boot, which is asked for before systemd gets there. */
export function networkd(): Client {
  return { start: script("networkd"), isEarly: true };
}

/** Not a part of the image, but of what its machines are told: a text from `guest/dhcp` of this package, beside both `src` and `dist`. */
function script(name: string): Client["start"] {
  return ["sh", "-eu", "-c", readFileSync(new URL(`../../guest/dhcp/${name}`, import.meta.url), "utf8"), name];
}
