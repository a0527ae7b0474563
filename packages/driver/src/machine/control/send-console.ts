import type { MachineContext } from "../context.ts";
import { startedLife } from "../power/started-life.ts";

/** Types into the guest's serial console. The machine must have been started; it need not be ready. */
export async function sendConsole(context: MachineContext, text: string): Promise<void> {
  const life = await startedLife(context);
  const { console } = life.qemu;
  const written = new Promise<void>((resolve, reject) => {
    console.write(text, (error) => (error ? reject(error) : resolve()));
  });
  await life.guard(written);
}
