/**
 * What one QEMU needs beside the guest's memory, in MiB: measured 55 to 75 (resident, without the memory file) for a
 * booted guest on TCG, most of it translated code; less on KVM.
 */
export const qemuOverheadMiB = 80;
