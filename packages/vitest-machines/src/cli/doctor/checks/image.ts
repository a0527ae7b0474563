import { dirname } from "node:path";
import { isMachinesError } from "@vitest-machines/host";
import { tiny, type BootFiles, type Image } from "@vitest-machines/images";
import type { Finding } from "../finding.ts";

const identity = { id: "image.tiny", title: "tiny image" };

export interface ImageCheck {
  readonly finding: Finding;
  /** The image, when it is there and whole. */
  readonly files: BootFiles | undefined;
}

/**
 * Looks whether the default image is in the cache, whole. An image that has to be built gives up at once when its signal
 * has fired before, and one that is there does not: that is how to ask without building.
 */
export async function checkImage(image: Image = tiny()): Promise<ImageCheck> {
  try {
    const files = await image.prepare({ signal: AbortSignal.abort() });
    const detail = `${files.digest.slice(0, 12)}  ${dirname(files.kernel)}`;
    return { files, finding: { ...identity, status: "ok", detail, facts: { digest: files.digest } } };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { files: undefined, finding: notReady(error) };
  }
}

function notReady(error: Error): Finding {
  const fix = "npx vitest-machines setup";
  if (isMachinesError(error) && error.code === "ABORTED") {
    return { ...identity, status: "warn", detail: "not built yet; the first cluster that needs it will build it", fix };
  }
  return { ...identity, status: "fail", detail: isMachinesError(error) ? error.summary : error.message, fix };
}
