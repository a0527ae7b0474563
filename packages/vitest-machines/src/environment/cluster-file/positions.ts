import type { LineCounter } from "yaml";
import { isMap, isNode, isScalar, type Document, type ParsedNode } from "yaml";

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A way into the document: keys of maps, indexes of lists. */
export type Path = readonly (string | number)[];

/** Finds places in a YAML text. */
export class Positions {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  /** Where a value starts; where it is not written, the nearest thing around it. */
  ofValue(path: Path): Position {
    const node: unknown = this.#document.getIn(path, true);
    // An empty value has a place too, but the key is what its author sees.
    if (isNode(node) && node.range && !(isScalar(node) && node.source === "")) return this.at(node.range[0]);
    return path.length === 0 ? { line: 1, column: 1 } : this.ofKey(path);
  }

  /** Where the last key of a path starts. */
  ofKey(path: Path): Position {
    const parent: unknown = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    const key = path.at(-1);
    const pair = isMap<ParsedNode>(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    return pair?.key.range ? this.at(pair.key.range[0]) : this.ofValue(path.slice(0, -1));
  }
}

/** `nodes.server.vlans[1]`, or `nodes.server.files["/etc/motd"]`, as a path; host names have no dots. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, key]) =>
    quoted !== undefined ? (JSON.parse(quoted) as string) : index === undefined ? String(key) : Number(index),
  );
}
