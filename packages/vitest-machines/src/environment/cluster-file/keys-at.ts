import type { Path } from "./positions.ts";

/** What is looked at of valibot's schemas, which know more of themselves than their types say. */
interface Shape {
  /** Of a map with known keys. */
  readonly entries?: Readonly<Record<string, Shape>>;
  /** Of a map with any keys. */
  readonly value?: Shape;
  /** Of a list. */
  readonly item?: Shape;
  /** Of what may be missing, or null. */
  readonly wrapped?: Shape;
  /** Forms of which it has one; of a picklist they are texts. */
  readonly options?: readonly (Shape | string)[];
}

/** The keys that a map at this place may have, according to a schema. Pure. */
export function keysAt(schema: object, path: Path): readonly string[] {
  const places = path.reduce<Shape[]>(
    (all, key) => all.flatMap(({ entries, value, item }) => forms(entries?.[key] ?? value ?? item)),
    forms(schema),
  );
  return places.flatMap(({ entries = {} }) => Object.keys(entries));
}

function forms(schema: Shape | string | undefined): Shape[] {
  if (schema === undefined || typeof schema === "string") return [];
  if (schema.wrapped) return forms(schema.wrapped);
  return schema.options ? schema.options.flatMap(forms) : [schema];
}
