/** What a copy has done. */
export interface CopySummary {
  files: number;
  directories: number;
  symlinks: number;
  bytes: number;
  /** Sockets, devices and pipes, which are not copied. */
  skipped: string[];
}

export function emptySummary(): CopySummary {
  return { files: 0, directories: 0, symlinks: 0, bytes: 0, skipped: [] };
}
