import { setTimeout as delay } from "node:timers/promises";
import type { MachineContext } from "../context.ts";
import { keysOf } from "./keys.ts";
import { qmp } from "./qmp.ts";

export interface KeyOptions {
  /** How long to wait after each key, in milliseconds. Default 10. */
  delay?: number | undefined;
}

/** QEMU lifts a key again after this time, and presses the next one only then: in milliseconds. */
const holdMs = 10;
const defaultDelayMs = 10;

export async function sendKey(context: MachineContext, key: string, options: KeyOptions = {}): Promise<void> {
  await qmp(context, "send-key", { keys: keysOf(key), "hold-time": holdMs });
  await delay(holdMs + (options.delay ?? defaultDelayMs));
}
