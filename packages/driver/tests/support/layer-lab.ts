import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import {
  Cluster,
  LayerStore,
  type ClusterDeclaration,
  type ClusterEvent,
  type ClusterOptions,
  type Nodes,
} from "../../src/index.ts";
import { busyHost } from "./busy-host.ts";

// A run that is to do without layers is no reason not to test them.
delete process.env["VITEST_MACHINES_LAYERS"];

/** A store of layers for one test or one file, and the clusters that use it; nothing of them is left afterwards. */
export class LayerLab implements AsyncDisposable {
  /** Holds the store, and has room for a test's own files. */
  readonly folder: string;
  readonly root: string;
  readonly store: LayerStore;
  /** Of all clusters, in the order in which they came. */
  readonly events: ClusterEvent[] = [];
  readonly #clusters: { stop(): Promise<void> }[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, "layers");
    this.store = new LayerStore({ root: this.root });
  }

  static async open(): Promise<LayerLab> {
    return new LayerLab(await mkdtemp(join(tmpdir(), "layer lab ")));
  }

  async start<const N extends Nodes>(
    declaration: ClusterDeclaration<N>,
    options: ClusterOptions = {},
  ): Promise<Cluster<N>> {
    const cluster = await Cluster.start<N>(declaration, {
      layers: this.store,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.#clusters.push(cluster);
    return cluster;
  }

  /** What clusters said that a user should know of what tests do, and not of how busy the host is. */
  get notices(): string[] {
    const all = this.events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
    return all.filter((text) => !busyHost.test(text));
  }

  /** What is wrong with the files of its layers, all of which are hashed. */
  async problems(): Promise<string[]> {
    return (await this.store.verify()).flatMap(({ problems }) => problems);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cluster of this.#clusters) await cluster.stop();
    await rm(this.folder, { recursive: true });
  }
}

/** One for all tests of a file. */
export function useLayerLab(): { readonly lab: LayerLab } {
  let lab: LayerLab | undefined;
  beforeAll(async () => {
    lab = await LayerLab.open();
  });
  afterAll(() => lab?.[Symbol.asyncDispose]());
  return {
    get lab() {
      if (!lab) throw new Error("the lab is not open yet");
      return lab;
    },
  };
}

/** Runs `work`, and tells how long it took, in milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}
