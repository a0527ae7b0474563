/** What a user does to a booted cluster before it is frozen once more. */
export interface PrepareIdentity {
  readonly key: string;
  /** The source text of what is run. */
  readonly source: string;
}

/** What a prepared cluster follows from: the booted one, and what was done to it. Pure. */
export function preparedInputs(
  base: Readonly<Record<string, string>>,
  prepare: PrepareIdentity,
): Record<string, string> {
  return { ...base, "prepare.key": prepare.key, "prepare.run": prepare.source };
}
