import { describeTopology, topologySvg, type ClusterPlan } from "@vitest-machines/driver";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** Where a suite's trace is, once it has asked for machines. */
export interface TracePlace {
  readonly projectFolder: string;
  readonly traceFolder: string;
}

/** What a failure is told of a picture. */
export interface Drawn {
  /** Where it is, relative to the project's root. */
  readonly text: string;
  readonly svg: string;
}

/** The picture of a suite's cluster, which is drawn for the first failure there. */
export class SuitePicture {
  readonly #plan: ClusterPlan;
  #isDrawn = false;

  constructor(plan: ClusterPlan) {
    this.#plan = plan;
  }

  /** Puts it beside the trace. Undefined when an earlier failure has it, or when there is no place for it yet. */
  async draw(place: TracePlace | undefined): Promise<Drawn | undefined> {
    if (this.#isDrawn || !place) return undefined;
    this.#isDrawn = true;
    const svg = topologySvg([describeTopology(this.#plan)]);
    const file = join(place.traceFolder, "topology.svg");
    try {
      await mkdir(place.traceFolder, { recursive: true });
      await writeFile(file, svg);
      return { text: relative(place.projectFolder, file), svg };
    } catch (error) {
      // The test's own failure is what counts.
      return { text: `${file} could not be written: ${(error as Error).message}`, svg };
    }
  }
}
