import { cacheFolder } from "@vitest-machines/host";
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";

/** A cache folder without layers, which finds images and what is known of this host in the user's own; gone after the test. */
export async function createCache(): Promise<string> {
  const users = cacheFolder();
  const folder = await mkdtemp(join(tmpdir(), "vm cache "));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(users, "images"), { recursive: true, mode: 0o700 });
  await symlink(join(users, "images"), join(folder, "images"));
  const facts = (await readdir(users)).filter((name) => name.endsWith(".json"));
  await Promise.all(facts.map((name) => copyFile(join(users, name), join(folder, name))));
  return folder;
}

/** What a test that is about layers tells its children, also in a run that is to do without them. */
export function layersOn(cache: string): Record<string, string> {
  return { VITEST_MACHINES_CACHE: cache, VITEST_MACHINES_LAYERS: "" };
}

/** The same for this very process, until the test is over. */
export async function ownCache(): Promise<string> {
  const cache = await createCache();
  for (const [name, value] of Object.entries(layersOn(cache))) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return cache;
}
