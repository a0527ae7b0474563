/** Of networks, by day and by night: told apart also beside each other, and readable on the background. */
const colors = [
  ["#2563eb", "#60a5fa"],
  ["#c2410c", "#fb923c"],
  ["#15803d", "#4ade80"],
  ["#9333ea", "#c084fc"],
  ["#be123c", "#fb7185"],
  ["#0f766e", "#2dd4bf"],
  ["#a16207", "#facc15"],
  ["#be185d", "#f472b6"],
  ["#0369a1", "#38bdf8"],
  ["#4d7c0f", "#a3e635"],
] as const;

/** The class of network number `index`; with more networks than colours some have the same. */
export function colorClass(index: number): string {
  return `n${index % colors.length}`;
}

/** Without variables, which not every program that draws SVG knows. */
export const style: string = [
  'text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}',
  ".title,.name{font-weight:700}",
  ".back{fill:#fff}.halo{stroke:#fff}.box{fill:#f6f8fa;stroke:#afb8c1}.router{stroke:#424a53;stroke-width:2}",
  ".title,.name,.plain{fill:#1f2328}.dim{fill:#59636e}.badge{fill:#fff}.pill{fill:#424a53}.cloud{fill:none;stroke:#59636e;stroke-width:1.5}",
  ".wire{fill:none;stroke:currentColor;stroke-width:2}.bar{stroke:currentColor;stroke-width:6;stroke-linecap:round}",
  ".dot{fill:currentColor}.sign{fill:currentColor;fill-opacity:.1;stroke:currentColor;stroke-width:1.5}",
  ...colors.map(([day], index) => `.n${index}{color:${day}}`),
  "@media (prefers-color-scheme:dark){",
  ".back{fill:#0d1117}.halo{stroke:#0d1117}.box{fill:#161b22;stroke:#3d444d}.router{stroke:#9198a1}",
  ".title,.name,.plain{fill:#f0f6fc}.dim{fill:#9198a1}.badge{fill:#0d1117}.pill{fill:#9198a1}.cloud{stroke:#9198a1}",
  ...colors.map(([, night], index) => `.n${index}{color:${night}}`),
  "}",
].join("\n");
