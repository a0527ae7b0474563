import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Runs `work` in an empty folder under `root`, which is gone afterwards. The caller holds a lock on `name`: so what there is of an
 * earlier one is nobody's, and is removed first.
 */
export async function withWorkshop<T>(root: string, name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const leftovers = (await readdir(root)).filter((entry) => entry.startsWith(`.${name}.`));
  await Promise.all(leftovers.map((entry) => removeTree(join(root, entry))));
  const folder = await mkdtemp(join(root, `.${name}.`));
  try {
    return await work(folder);
  } finally {
    await removeTree(folder);
  }
}

/** With retries: children of a killed build may write for a moment longer. */
function removeTree(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
