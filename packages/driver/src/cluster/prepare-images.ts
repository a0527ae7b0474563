import type { BootFiles, Image } from "@vitest-machines/images";
import type { NodePlan } from "../topology/plan.ts";
import type { ClusterEvent } from "./events.ts";
import type { ClusterOptions } from "./options.ts";

/** Builds or finds what machines boot from, once per image; the result is by image key. */
export async function prepareImages(
  nodes: readonly NodePlan[],
  report: (event: ClusterEvent) => void,
  { signal, projectFolder }: Pick<ClusterOptions, "signal" | "projectFolder">,
): Promise<ReadonlyMap<string, BootFiles>> {
  const images = new Map<string, Image>(nodes.map(({ image }) => [image.key, image]));
  const prepared = await Promise.all(
    [...images.values()].map(async (image): Promise<[string, BootFiles]> => {
      const files = await image.prepare({
        signal,
        projectFolder,
        onProgress: (progress) => report({ type: "image", ...progress }),
        onNotice: (text) => report({ type: "notice", text }),
      });
      return [image.key, files];
    }),
  );
  return new Map(prepared);
}
