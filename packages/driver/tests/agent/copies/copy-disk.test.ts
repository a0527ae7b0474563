import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CopyDisk } from "../../../src/agent/copies/copy-disk.ts";
import { pieceBytes } from "../../../src/agent/copies/piece.ts";

const never = new AbortController().signal;

async function aDisk(pieces: number): Promise<CopyDisk> {
  const folder = await mkdtemp(join(tmpdir(), "copy-disk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "disk");
  await writeFile(path, "");
  await truncate(path, pieces * pieceBytes);
  return new CopyDisk(path, pieces * pieceBytes);
}

it("gives each copy places of its own, and keeps the content of one apart from that of another", async () => {
  const disk = await aDisk(8);
  const [one, other] = [await disk.borrow(never), await disk.borrow(never)];
  expect(new Set([...one.offsets, ...other.offsets]).size).toBe(8);
  await one.write(one.offsets[0] ?? 0, Buffer.from("one"));
  await other.write(other.offsets[0] ?? 0, Buffer.from("other"));
  expect((await one.read(one.offsets[0] ?? 0, 3)).toString()).toBe("one");
  await Promise.all([one.release(Promise.resolve()), other.release(Promise.resolve())]);
});

it("lets copies wait for places, first come first served, and forgets those that give up", async () => {
  const disk = await aDisk(4);
  const first = await disk.borrow(never);
  const stop = new AbortController();
  const second = disk.borrow(stop.signal);
  const third = disk.borrow(never);
  stop.abort(new Error("no longer"));
  await expect(second).rejects.toThrow("no longer");
  let quiet: () => void = () => undefined;
  const released = first.release(new Promise((resolve) => (quiet = () => resolve(true))));
  const early = await Promise.race([third, new Promise((resolve) => setTimeout(resolve, 50, "still waiting"))]);
  expect(early).toBe("still waiting");
  quiet();
  await released;
  await (await third).release(Promise.reject(new Error("the guest is gone")));
  await expect(disk.borrow(AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
});
