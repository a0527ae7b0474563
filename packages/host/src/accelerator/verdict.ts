import { accessSync, constants, existsSync } from "node:fs";
import { userInfo } from "node:os";
import { MachinesError } from "../errors/machines-error.ts";

export type Accelerator = "kvm" | "tcg";

export interface AcceleratorVerdict {
  readonly accelerator: Accelerator;
  /** A sentence for humans, with the fix where there is one. */
  readonly reason: string;
  /** True when an earlier probe on this host boot gave the answer. */
  readonly cached: boolean;
}

/**
 * The verdict that needs no kernel to boot, undefined when only a probe can tell.
 * @throws MachinesError DECLARATION_INVALID when VITEST_MACHINES_ACCELERATOR is set to anything but kvm or tcg
 */
export function immediateVerdict(env: NodeJS.ProcessEnv, device = "/dev/kvm"): AcceleratorVerdict | undefined {
  const forced = env["VITEST_MACHINES_ACCELERATOR"];
  if (forced === "kvm" || forced === "tcg") {
    return { accelerator: forced, reason: `VITEST_MACHINES_ACCELERATOR asks for ${forced}.`, cached: false };
  }
  if (forced !== undefined && forced !== "") {
    throw new MachinesError("DECLARATION_INVALID", `VITEST_MACHINES_ACCELERATOR is "${forced}".`, {
      hint: "Valid values: kvm, tcg. Leave it out to have the host probed.",
    });
  }
  if (!existsSync(device)) return software(noDevice(device));
  if (!mayUse(device)) return software(notAllowed(device));
  return undefined;
}

function noDevice(device: string): string {
  return (
    `${device} does not exist: virtualisation is switched off in the firmware, the kvm module is not loaded, ` +
    "or this container or virtual machine was not given it."
  );
}

function notAllowed(device: string): string {
  const { username } = userInfo();
  return `You may not open ${device}. Fix: sudo usermod -aG kvm ${username}, then log in again.`;
}

function software(reason: string): AcceleratorVerdict {
  return { accelerator: "tcg", reason, cached: false };
}

function mayUse(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
