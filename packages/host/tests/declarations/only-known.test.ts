import { expect, it } from "vitest";
import { onlyKnown } from "../../src/declarations/only-known.ts";

const keys = ["image", "memory", "cpus"];
const elsewhere = { cores: "Say it with `cpus`." };

it("lets pass what has nothing but options, or nothing at all", () => {
  onlyKnown("nodes.a", {}, keys);
  onlyKnown("nodes.a", { cpus: 1, memory: undefined }, keys, elsewhere);
});

it.each([
  ["memroy", '"memroy" is not an option.\nValid: image, memory, cpus.\nDid you mean "memory"?'],
  ["colour", '"colour" is not an option.\nValid: image, memory, cpus.'],
  ["cores", '"cores" is not an option.\nValid: image, memory, cpus.\nSay it with `cpus`.'],
  ["toString", '"toString" is not an option.\nValid: image, memory, cpus.'],
])("refuses %s", (key, message) => {
  const check = () => onlyKnown("nodes.a", { image: 1, [key]: 1 }, keys, elsewhere);
  expect(check).toThrow(expect.objectContaining({ message: `DECLARATION_INVALID: nodes.a: ${message}` }));
});
