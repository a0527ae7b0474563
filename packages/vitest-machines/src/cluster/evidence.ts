import type { Machine } from "@vitest-machines/driver";
import { recordArtifact, type TestContext } from "vitest";
import { runInThisContext } from "node:vm";

/** The parts of a test's context that are needed here. */
export type FailedTest = Pick<TestContext, "task" | "annotate">;

/** Attaches what a failed test's machines last did and what their guests tell, one annotation a machine. */
export async function attachEvidence(context: FailedTest, machines: readonly Machine[]): Promise<void> {
  const collected = await Promise.all(
    machines.map(async (machine) => ({ machine, evidence: await machine.collectEvidence() })),
  );
  for (const { machine, evidence } of collected) {
    await annotate(context, `machine ${machine.name}`, evidence.join("\n"));
  }
}

/**
 * Adds an annotation to a test that has just failed. Vitest refuses that, although its reporters are told of the failure
 * only later; artifacts, which it accepts, are shown by none of them. So the test passes for running during the call.
 */
async function annotate(context: FailedTest, type: string, message: string): Promise<void> {
  const { task } = context;
  const { result } = task;
  if (!result) return;
  const { state } = result;
  result.state = "run";
  let attached: Promise<unknown>;
  try {
    attached = calledFrom(task.file.filepath, task.location, () => context.annotate(message, type));
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
