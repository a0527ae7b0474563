/** A port of a VLAN, as the switch itself shows it. */
export interface TableEntry {
  readonly vlan: number;
  readonly port: number;
  readonly isTagged: boolean;
  /** Something is plugged in. */
  readonly isActive: boolean;
}

export interface SwitchTables {
  readonly vlans: readonly number[];
  readonly entries: readonly TableEntry[];
}

/** What `vlan/allprint` prints. Pure. */
export function parseTables(text: string): SwitchTables {
  const vlans: number[] = [];
  const entries: TableEntry[] = [];
  for (const [, vlan, port, tagged, active] of text.matchAll(
    /^(?:VLAN (\d+)| -- Port (\d+) tagged=(\d) active=(\d) .*)$/gm,
  )) {
    if (vlan !== undefined) vlans.push(Number(vlan));
    else
      entries.push({ vlan: vlans.at(-1) ?? 0, port: Number(port), isTagged: tagged === "1", isActive: active === "1" });
  }
  return { vlans, entries };
}
