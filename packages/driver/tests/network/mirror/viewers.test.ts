import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { mostUnread, Viewers } from "../../../src/network/mirror/viewers.ts";

it("shows everything to each, and drops what one does not read", () => {
  const viewers = new Viewers();
  const [quick, slow, gone] = [new PassThrough(), new PassThrough(), new PassThrough()];
  for (const viewer of [quick, slow, gone]) viewers.add(viewer);
  viewers.remove(gone);
  let read = 0;
  quick.on("data", (bytes: Buffer) => (read += bytes.length));
  const frames = Buffer.alloc(1024 * 1024);
  const shown = 2 * (mostUnread / frames.length);
  for (let count = 0; count < shown; count++) viewers.show(frames);
  expect(slow.readableLength + slow.writableLength).toBeLessThanOrEqual(mostUnread + 2 * frames.length);
  expect(gone.readableLength).toBe(0);
  // Whoever reads in time gets all of it.
  return expect.poll(() => read).toBe(shown * frames.length);
});
