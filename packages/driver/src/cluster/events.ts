import type { ImageProgress } from "@vitest-machines/images";
import type { MachineEvent } from "../machine/events.ts";
import type { Accelerator } from "../qemu/accelerator.ts";
import type { Origin } from "./origin.ts";

/** What a cluster reports while it boots and runs. */
export type ClusterEvent =
  /** The host's budget cannot admit it yet; may come again with a new reason. */
  | { readonly type: "waiting"; readonly reason: string }
  | ({ readonly type: "image" } & ImageProgress)
  /** Which accelerator its machines use, and why. */
  | {
      readonly type: "accelerator";
      readonly accelerator: Accelerator;
      readonly reason: string;
      readonly cached: boolean;
    }
  | MachineEvent
  /** The switch of a VLAN ended, and nobody had asked for it. */
  | { readonly type: "switch-down"; readonly error: Error }
  /** It is started; with `boot: "all"`, every machine is ready. Time since the lease was granted. */
  | { readonly type: "ready"; readonly elapsedMs: number; readonly origin: Origin };
