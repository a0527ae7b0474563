import { constants } from "node:os";
import type { StumbleKind } from "../../topology/declaration.ts";

export interface Stumble {
  readonly kind: StumbleKind;
  /** What happened, in words. */
  readonly what: string;
}

/**
 * The kernel starts a shell for a process that dumps core, which writes a line into the kernel's log: that reaches the console
 * before the process is gone, wherever it ran. A script in one word, because the kernel splits the pattern at spaces.
 */
export const corePattern = '|/bin/sh -c echo${IFS}"<2>$*">/dev/kmsg sh core dumped by %e, pid %p, signal %s';

/** Programs print such words, too, but the kernel says when: `[    1.234567] `. */
const kernelLine = /\[ *\d+\.\d+\](?:\[[^\]]*\])? (.*)$/;
const oops =
  /^(?:BUG: |kernel BUG at |Oops\b|general protection fault|Unable to handle kernel |Kernel panic - not syncing|KASAN: )/;
/** A host that is busy makes guests stall: that is nobody's mistake. */
const slowness = /lockup|stall/;
const coreDump = /^core dumped by (.+), pid (\d+), signal (\d+)$/;

/** What a line of a console tells of a guest that stumbles. Pure. */
export function stumbleIn(line: string): Stumble | undefined {
  const [, text] = kernelLine.exec(line) ?? [];
  if (text === undefined) return undefined;
  const [, program, pid, number] = coreDump.exec(text) ?? [];
  if (program !== undefined) {
    return { kind: "coreDumps", what: `${program} (pid ${pid}) dumped core: ${signalName(Number(number))}` };
  }
  return oops.test(text) && !slowness.test(text) ? { kind: "oops", what: text } : undefined;
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
