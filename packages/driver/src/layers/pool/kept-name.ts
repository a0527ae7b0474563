/** What a cluster is kept under: machines of another layer, after an edit of their declaration, are not the ones. Pure. */
export function keptName(name: string, layerKey: string): string {
  return `${layerKey} ${name}`;
}
