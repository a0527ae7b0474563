import { digestOf } from "@vitest-machines/host";

/** The name of the layer that is made of these inputs. Pure. */
export function layerKey(inputs: Readonly<Record<string, string>>): string {
  return digestOf(inputs);
}
