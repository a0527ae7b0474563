import { acceleratorVerdict, immediateVerdict, isMachinesError, type AcceleratorVerdict } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import type { Finding } from "../finding.ts";

const identity = { id: "accelerator", title: "accelerator" };

/** @param image whose kernel the probe boots; without one only the obvious can be told */
export async function checkAccelerator(image: BootFiles | undefined): Promise<Finding> {
  try {
    const verdict = image === undefined ? immediateVerdict(process.env) : await acceleratorVerdict(image);
    return verdict === undefined ? unknown : toFinding(verdict);
  } catch (error) {
    if (!isMachinesError(error)) throw error;
    return { ...identity, status: "fail", detail: error.summary, fix: error.hint };
  }
}

const unknown: Finding = {
  ...identity,
  status: "warn",
  detail: "unknown: only booting a kernel can tell, and there is no image yet",
  fix: "npx vitest-machines setup",
};

function toFinding({ accelerator, reason, cached }: AcceleratorVerdict): Finding {
  return {
    ...identity,
    status: accelerator === "kvm" ? "ok" : "warn",
    detail: accelerator === "kvm" ? `KVM. ${reason}` : `emulation (TCG), several times slower. ${reason}`,
    facts: { accelerator, reason, cached },
  };
}
