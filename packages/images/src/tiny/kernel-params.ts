/**
 * The kernel's command line. What is not needed for the console is there for speed without KVM: each of these was
 * measured, and a guest that lives for seconds behind a test has no use for what they switch off.
 */
export const kernelParams: readonly string[] = [
  "console=ttyS0",
  "quiet",
  // A panic ends the machine: QEMU runs with `-action reboot=shutdown`, so the driver sees it go.
  "panic=-1",
  "mitigations=off",
  "nokaslr",
  "no_timer_check",
  "tsc=reliable",
  "random.trust_cpu=on",
  "8250.nr_uarts=1",
  "audit=0",
  // Spares a single CPU from patching away thousands of lock prefixes: another tenth.
  "noreplace-smp",
  // The self-tests of the crypto code are a tenth of a boot without KVM.
  "cryptomgr.notests",
];
