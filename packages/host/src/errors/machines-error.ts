/** Every cause has one code, so that users can branch on it and docs can have a page for it. */
export type ErrorCode =
  | "ABORTED"
  | "AGENT_LOST"
  | "AGENT_REFUSED"
  | "AGENT_TIMEOUT"
  | "BOOT_FAILED"
  | "BOOT_TIMEOUT"
  | "BUDGET_IMPOSSIBLE"
  | "CAPTURE_FAILED"
  | "COMMAND_FAILED"
  | "COMMAND_SUCCEEDED"
  | "COMMAND_TIMEOUT"
  | "CONDITION_FAILED"
  | "CONNECTION_FAILED"
  | "COPY_FAILED"
  | "DECLARATION_INVALID"
  | "FOLDER_UNSAFE"
  | "FORK_FAILED"
  | "FREEZE_FAILED"
  | "GUEST_STUMBLED"
  | "HANDLE_MISUSE"
  | "IMAGE_BUILD_FAILED"
  | "IMAGE_LOCK_FAILED"
  | "KEEPER_LOST"
  | "LAYER_INVALID"
  | "LOCK_FAILED"
  | "MACHINE_DOWN"
  | "PLUGIN_MISSING"
  | "PORT_UNAVAILABLE"
  | "PREPARE_TIMEOUT"
  | "PROCESS_FAILED"
  | "QMP_FAILED"
  | "SWITCH_FAILED"
  | "TOOL_MISSING"
  | "UNIT_STATE"
  | "WAIT_TIMEOUT";

/** A fact about the failure that a report can show as `name: value`. */
export type Fact = string | number | boolean | null;

export interface MachinesErrorDetails {
  /** The machine it happened on, when there is one. */
  machine?: string | undefined;
  /** Small facts: exit code, attempts, milliseconds, paths. */
  facts?: Record<string, Fact> | undefined;
  /** Longer evidence, one block each: output tails, console tails, logs. A block's first line is its title. */
  evidence?: readonly string[] | undefined;
  /** What the reader should do next. */
  hint?: string | undefined;
  cause?: unknown;
}

/**
 * The one error class of this project. `message` is complete for a reader without any tooling:
 * code, what happened, evidence, what to do; the parts are there as fields for reporters.
 */
export class MachinesError extends Error {
  override readonly name: string = "MachinesError";
  readonly code: ErrorCode;
  /** The first sentence only, without code, evidence and hint. */
  readonly summary: string;
  readonly machine: string | undefined;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly evidence: readonly string[];
  readonly hint: string | undefined;

  constructor(code: ErrorCode, summary: string, details: MachinesErrorDetails = {}) {
    super(composeMessage(code, summary, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.summary = summary;
    this.machine = details.machine;
    this.facts = details.facts ?? {};
    this.evidence = details.evidence ?? [];
    this.hint = details.hint;
  }
}

function composeMessage(code: ErrorCode, summary: string, details: MachinesErrorDetails): string {
  const parts = [`${code}: ${summary}`, ...(details.evidence ?? [])];
  if (details.hint !== undefined) parts.push(details.hint);
  return parts.join("\n");
}

/** True for an error of this project, also across two copies of the package (dual installs, workers). */
export function isMachinesError(error: unknown): error is MachinesError {
  return error instanceof Error && error.name === "MachinesError" && "code" in error;
}
