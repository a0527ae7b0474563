import type { Machine } from "@vitest-machines/driver";
import { recordArtifact, type TestContext } from "vitest";
import { runInThisContext } from "node:vm";
import type { Drawn } from "./picture.ts";

/** The parts of a test's context that are needed here. */
export type FailedTest = Pick<TestContext, "task" | "annotate">;

/** What there is to tell of a cluster. */
export interface Witness {
  readonly machines: readonly Machine[];
  /** What was wrong with its network on purpose. */
  readonly faults: { readonly seen: readonly string[] };
  /** What happened on its networks; undefined where nothing is recorded. */
  readonly packets: string | undefined;
  readonly picture: Drawn | undefined;
}

/**
 * Attaches what a failed test's machines last did and what their guests tell, one annotation a machine, and before them what was
 * wrong with the network; what passed between them, and a picture.
 */
export async function attachEvidence(
  context: FailedTest,
  { machines, faults, packets, picture }: Witness,
): Promise<void> {
  if (faults.seen.length > 0) await annotate(context, "network", `Faults of the network:\n${faults.seen.join("\n")}`);
  const collected = await Promise.all(
    machines.map(async (machine) => ({ machine, evidence: await machine.collectEvidence() })),
  );
  for (const { machine, evidence } of collected) {
    await annotate(context, `machine ${machine.name}`, evidence.join("\n"));
  }
  if (packets !== undefined) await annotate(context, "packets", packets);
  if (!picture) return;
  // In itself, because Vitest would copy a file to a folder of its own in the project.
  const image = { contentType: "image/svg+xml", body: Buffer.from(picture.svg) };
  await annotate(context, "topology", picture.text, image);
}

/**
 * Adds an annotation to a test that has just failed. Vitest refuses that, although its reporters are told of the failure
 * only later; artifacts, which it accepts, are shown by none of them. So the test passes for running during the call.
 */
async function annotate(
  context: FailedTest,
  type: string,
  message: string,
  attachment?: { contentType: string; body: Uint8Array },
): Promise<void> {
  const { task } = context;
  const { result } = task;
  if (!result) return;
  const { state } = result;
  result.state = "run";
  let attached: Promise<unknown>;
  try {
    attached = calledFrom(task.file.filepath, task.location, () => context.annotate(message, type, attachment));
  } finally {
    result.state = state;
  }
  await attached.catch(() => recordArtifact(task, { type: "vitest-machines:evidence", message } as never));
}

/**
 * Calls `run` from a stack frame in the test file: an annotation's place is read from the stack, GitHub's and the HTML
 * reporter show only annotations that have one, and the test's own frames are gone once it has failed. As a URL the
 * place is not taken for generated code that a source map would have to translate.
 */
function calledFrom<T>(file: string, location: { line: number; column: number } | undefined, run: () => T): T {
  if (!location) return run();
  const script = runInThisContext("(run) => run()", {
    filename: `file://${file}`,
    lineOffset: location.line - 1,
    columnOffset: location.column - 1,
  }) as (run: () => T) => T;
  return script(run);
}
