import type { MachineSetting } from "../setting.ts";
import type { Life } from "./life.ts";

/** Does what has to be done before a guest does anything. What fails ends the run: its guest would be one that others miss. */
export async function prepareRun({ node, beforeRun }: MachineSetting, life: Life): Promise<void> {
  if (!beforeRun) return;
  try {
    await life.guard(beforeRun(node, life));
  } catch (error) {
    life.expectEnd("it could not be prepared to run");
    await life.qemu.process.kill("SIGKILL");
    throw error;
  }
}
