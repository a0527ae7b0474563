/** How often to look whether the parent is still the parent; the IPC channel alone can take seconds to close. */
const pollMs = 200;

/**
 * Calls `onParentGone` once when the process that forked this one is gone or has let go of it, however it ended:
 * the kernel closes the channel of a process that is killed, and gives its children another parent.
 */
export function watchParent(onParentGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) gone();
  }, pollMs);
  const gone = (): void => {
    clearInterval(timer);
    process.off("disconnect", gone);
    onParentGone();
  };
  process.on("disconnect", gone);
  if (!process.connected) gone();
}

/** Ctrl-C and `kill` reach the whole process group; machines are ended in order by the life-line instead. */
export function ignoreSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
}
