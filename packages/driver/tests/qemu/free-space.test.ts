import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { requireFreeSpace } from "../../src/qemu/free-space.ts";

it("refuses memory that the file system cannot hold, and says how much it has", async () => {
  await expect(requireFreeSpace("/dev/shm", 2 ** 30, "web")).rejects.toThrow(
    /^BOOT_FAILED: web needs 1073741824 MiB for its memory, and \/dev\/shm has \d+ MiB free\.\nFree some space there, /,
  );
});

it("accepts what it can hold", async () => {
  await requireFreeSpace(tmpdir(), 1, "web");
});
