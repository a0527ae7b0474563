import { expect, it } from "vitest";
import { endReason, type EndOfMachine } from "../../../src/machine/power/end-reason.ts";

const orderly: EndOfMachine = { shutdownReason: undefined, status: { exitCode: 0, signal: null }, console: "" };

it.each<[string, Partial<EndOfMachine>]>([
  ["the guest powered off", { shutdownReason: "guest-shutdown" }],
  ["the guest restarted (only reboot() lets it do that)", { shutdownReason: "guest-reset" }],
  [
    "the guest's kernel panicked: Attempted to kill init!",
    {
      shutdownReason: "guest-reset",
      console: "[1.0] Kernel panic - not syncing: Attempted to kill init!\n[1.1] CPU: 0",
    },
  ],
  ["the guest's kernel panicked", { shutdownReason: "guest-panic" }],
  ["QEMU was told to end by a signal", { shutdownReason: "host-signal" }],
  ["QEMU was killed by SIGKILL", { status: { exitCode: null, signal: "SIGKILL" } }],
  ["QEMU ended with exit code 1", { status: { exitCode: 1, signal: null } }],
  ["QEMU shut down (host-qmp-quit)", { shutdownReason: "host-qmp-quit" }],
])("%s", (text, end) => {
  expect(endReason({ ...orderly, ...end })).toBe(text);
});
