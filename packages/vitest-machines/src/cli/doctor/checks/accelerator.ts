import { acceleratorVerdict, isMachinesError } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import type { Finding } from "../finding.ts";

const identity = { id: "accelerator", title: "accelerator" };

/** @param image whose kernel the probe boots; without one there is nothing to probe with */
export async function checkAccelerator(image: BootFiles | undefined): Promise<Finding> {
  if (image === undefined) {
    return {
      ...identity,
      status: "warn",
      detail: "unknown: only booting a kernel can tell, and there is no image yet",
      fix: "npx vitest-machines setup",
    };
  }
  try {
    const { accelerator, reason, cached } = await acceleratorVerdict(image);
    return {
      ...identity,
      status: accelerator === "kvm" ? "ok" : "warn",
      detail: accelerator === "kvm" ? reason : `emulation (tcg), several times slower. ${reason}`,
      facts: { accelerator, reason, cached },
    };
  } catch (error) {
    if (!isMachinesError(error)) throw error;
    return { ...identity, status: "fail", detail: error.summary, fix: error.hint };
  }
}
