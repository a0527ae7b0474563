/**
 * What one QEMU needs beside the guest's memory, in MiB: measured 65 of its own (proportional, without the memory
 * file) for a booted guest on TCG, most of it translated code; less on KVM.
 */
export const qemuOverheadMiB = 80;

/** What the gate of a machine with a way out needs, in MiB: 22 of its own after much traffic. */
export const gateOverheadMiB = 24;
