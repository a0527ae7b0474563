import type { MachineContext } from "../context.ts";

/** Types into the guest's serial console. The machine must have been started; it need not be ready. */
export async function sendConsole(context: MachineContext, text: string): Promise<void> {
  if (context.power.phase === "off") await context.power.start();
  const { life } = context.power;
  if (!life) throw new Error(`${context.name} was started and has no console`);
  const { console } = life.qemu;
  const written = new Promise<void>((resolve, reject) => {
    console.write(text, (error) => (error ? reject(error) : resolve()));
  });
  await life.guard(written);
}
