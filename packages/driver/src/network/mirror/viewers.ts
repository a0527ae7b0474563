import type { Writable } from "node:stream";

/** What a mirror port may leave unread, in bytes: beyond it frames are dropped, so that nobody who sends ever waits for who watches. */
export const mostUnread: number = 16 * 1024 * 1024;

/** The mirror ports of a network, each of which is shown every frame. */
export class Viewers {
  readonly #all = new Set<Writable>();

  add(viewer: Writable): void {
    this.#all.add(viewer);
  }

  remove(viewer: Writable): void {
    this.#all.delete(viewer);
  }

  /** @param frames whole ones, as they are to be written */
  show(frames: Buffer): void {
    for (const viewer of this.#all) if (viewer.writableLength < mostUnread) viewer.write(frames);
  }
}
