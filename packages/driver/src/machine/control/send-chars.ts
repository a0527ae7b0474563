import type { MachineContext } from "../context.ts";
import { keysOf } from "./keys.ts";
import { sendKey, type KeyOptions } from "./send-key.ts";

/** Types a text as on a US keyboard, one character after the other. */
export async function sendChars(context: MachineContext, text: string, options: KeyOptions = {}): Promise<void> {
  const keys = Array.from(text);
  // All of it or nothing: half a password is worse than an error.
  for (const key of keys) keysOf(key);
  for (const key of keys) await sendKey(context, key, options);
}
