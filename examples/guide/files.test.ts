import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";

describe("files", () => {
  const { it, server } = cluster({ nodes: { server: {} } });

  it("are copied both ways", async () => {
    const folder = await mkdtemp(join(tmpdir(), "guide "));
    const database = join(folder, "database.img");
    await writeFile(database, Buffer.alloc(5_000_000, "data"));
    // #region copies
    const copied = await server.copyFromHost(database, "/srv/database.img");
    expect(copied).toEqual({ files: 1, directories: 0, symlinks: 0, bytes: 5_000_000, skipped: [] });

    await server.copyToHost("/srv", join(folder, "srv"));
    // #endregion
    expect((await stat(join(folder, "srv", "database.img"))).size).toBe(5_000_000);

    // #region limits
    const tooMuch = server.copyToHost("/srv", join(folder, "again"), { maxBytes: 1_000_000 });
    await expect(tooMuch).rejects.toThrow("COPY_FAILED");
    // #endregion
    await rm(folder, { recursive: true });
  });
});
