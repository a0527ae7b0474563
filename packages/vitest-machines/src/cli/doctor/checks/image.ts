import { isMachinesError } from "@vitest-machines/host";
import { tiny, type BootFiles } from "@vitest-machines/images";
import type { Finding } from "../finding.ts";

const identity = { id: "image.tiny", title: "tiny image" };

export interface ImageCheck {
  readonly finding: Finding;
  /** The image, when it is there and whole. */
  readonly files: BootFiles | undefined;
}

/**
 * Looks whether the default image is in the cache, checked. An image can only be asked to get ready; the first progress
 * that it reports means that it would have to be built, and then it is stopped: a doctor does not operate.
 */
export async function checkImage(): Promise<ImageCheck> {
  const stop = new AbortController();
  const notices: string[] = [];
  try {
    const files = await tiny().prepare({
      signal: stop.signal,
      onProgress: () => stop.abort(),
      onNotice: (text) => notices.push(text),
    });
    const detail = `ready  ${files.digest.slice(0, 12)}  ${files.kernel}`;
    return { files, finding: { ...identity, status: "ok", detail, facts: { digest: files.digest } } };
  } catch (error) {
    if (!isMachinesError(error)) throw error;
    const why = stop.signal.aborted ? notices : [error.summary];
    return {
      files: undefined,
      finding: {
        ...identity,
        status: "warn",
        detail: ["not built yet; the first cluster will build it", ...why].join(": "),
        fix: "npx vitest-machines setup",
      },
    };
  }
}
