import { isMachinesError } from "@vitest-machines/host";
import { LayerStore } from "@vitest-machines/driver";
import type { Finding } from "../finding.ts";

const identity = { id: "layers", title: "layers" };
const mebibyte = 1024 ** 2;

/** What frozen clusters take, of what they may take. */
export async function checkLayers(open: () => LayerStore = () => new LayerStore()): Promise<Finding> {
  try {
    const store = open();
    const layers = await store.list();
    const [used, limit] = [layers.reduce((sum, { bytes }) => sum + bytes, 0), store.limits.maxBytes].map((bytes) =>
      Math.round(bytes / mebibyte),
    ) as [number, number];
    const facts = { layers: layers.length, usedMiB: used, limitMiB: limit, path: store.root };
    const detail = `${layers.length} in ${used} of ${limit} MiB  ${store.root}`;
    const broken = layers.filter(({ problem }) => problem !== undefined).length;
    if (broken === 0) return { ...identity, status: "ok", detail, facts };
    const fix = "npx vitest-machines layers verify --drop";
    return { ...identity, status: "warn", detail: `${detail}; ${broken} cannot be used`, fix, facts };
  } catch (error) {
    if (!isMachinesError(error)) throw error;
    return {
      ...identity,
      status: "warn",
      detail: error.summary,
      fix: error.hint ?? "layers: false boots without them",
    };
  }
}
