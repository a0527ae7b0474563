import { option } from "./option.ts";

export type Accelerator = "kvm" | "tcg";

/** `-accel` and `-cpu` for an accelerator. */
export function acceleratorArguments(accelerator: Accelerator, memoryMiB: number): string[] {
  if (accelerator === "kvm") return ["-accel", "kvm", "-cpu", "host"];
  // The default CPU model: `-cpu max` boots a quarter slower under TCG.
  return ["-accel", option("tcg", { thread: "multi", "tb-size": translationBufferMiB(memoryMiB) })];
}

/**
 * Size of TCG's buffer of translated code. It is touched as it fills, so a large one costs memory in long-running guests,
 * and a small one is flushed again and again by large programs.
 */
export function translationBufferMiB(memoryMiB: number): number {
  if (memoryMiB <= 256) return 64;
  return memoryMiB < 1024 ? 256 : 512;
}
