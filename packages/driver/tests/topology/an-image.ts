import type { Image } from "@vitest-machines/images";

/** An image that nobody boots, for tests of what follows from a declaration alone. */
export function anImage(defaultMemoryMiB = 128): Image {
  return {
    name: "unbootable",
    key: "unbootable",
    defaultMemoryMiB,
    prepare: () => Promise.reject(new Error("this image is for plans only")),
  };
}
