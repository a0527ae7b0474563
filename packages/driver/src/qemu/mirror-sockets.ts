/** Where QEMU meets the mirror of a network: unix sockets that frames go through, each with its length before it. */
export interface MirrorSockets {
  /** Takes what cards of the network send. */
  readonly sent: string;
  /** Shows it, to mirror ports. */
  readonly seen: string;
}

/** @param folder the network's switch's */
export function mirrorSockets(folder: string): MirrorSockets {
  return { sent: `${folder}.sent`, seen: `${folder}.seen` };
}
