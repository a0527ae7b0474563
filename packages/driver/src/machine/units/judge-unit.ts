/** What of a unit decides whether waiting for it is over. */
export const judgedProperties = [
  "LoadState",
  "ActiveState",
  "SubState",
  "Type",
  "Result",
  "Job",
  "ConditionResult",
  "ConditionTimestampMonotonic",
  "InactiveEnterTimestampMonotonic",
  "ActiveEnterTimestampMonotonic",
  "ExecMainExitTimestampMonotonic",
] as const;

export type UnitProperties = Readonly<Partial<Record<(typeof judgedProperties)[number], string>>>;

export type UnitVerdict =
  | { readonly is: "up" }
  /** It never will be. */
  | { readonly is: "lost"; readonly why: string }
  /** Nothing is under way. It may be in a moment: whatever starts it may not have begun to. */
  | { readonly is: "idle"; readonly why: string }
  | { readonly is: "coming" };

/**
 * What a unit's properties mean for who waits for it. A oneshot that has done its work and ended counts as up, as does one
 * that stays active. Pure.
 */
export function judgeUnit(unit: UnitProperties): UnitVerdict {
  const { LoadState, ActiveState, SubState, Type, Result } = unit;
  const has = (key: keyof UnitProperties): boolean => Number(unit[key] ?? 0) > 0;
  if (ActiveState === "active" || ActiveState === "reloading") return { is: "up" };
  if (ActiveState === "failed") return { is: "lost", why: `it has failed (${Result ?? "no result"})` };
  const isQueued = has("Job");
  if (isQueued || ActiveState !== "inactive") return { is: "coming" };
  if (LoadState === "masked") return { is: "lost", why: "it is masked" };
  if (LoadState === "bad-setting" || LoadState === "error") return { is: "lost", why: "its unit file is not valid" };
  if (LoadState === "not-found") return { is: "idle", why: "there is no such unit" };
  if (Type === "oneshot" && has("ExecMainExitTimestampMonotonic") && Result === "success") return { is: "up" };
  if (unit.ConditionResult === "no" && has("ConditionTimestampMonotonic")) {
    return { is: "lost", why: "one of its conditions does not hold, so systemd has skipped it" };
  }
  const ended = has("InactiveEnterTimestampMonotonic") && has("ActiveEnterTimestampMonotonic");
  return { is: "idle", why: ended ? `it has stopped (${SubState ?? "dead"})` : "nothing starts it" };
}
