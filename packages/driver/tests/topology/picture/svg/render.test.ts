import { expect, it } from "vitest";
import { topologySvg } from "../../../../src/topology/picture/svg/render.ts";
import { office, topologyOf } from "../plans.ts";

it("is the same picture each time", async () => {
  await expect(topologySvg([office])).toMatchFileSnapshot("office.svg");
});

it("has one cluster below the other", () => {
  const one = topologyOf({ name: "one", nodes: { a: {} } });
  const svg = topologySvg([one, { ...one, name: "two" }]);
  const height = (text: string): number => Number(/height="(\d+)" viewBox/.exec(text)?.[1]);
  expect(height(svg)).toBe(2 * height(topologySvg([one])));
  expect(svg).toContain("<title>one: 1 machine, 1 network; two: 1 machine, 1 network</title>");
});

it("has names as text, whatever is in them", () => {
  expect(topologySvg([topologyOf({ name: '<&"', nodes: { a: {} } })])).toContain(">&#60;&#38;&#34;</tspan>");
});

it("cuts a name that is too long for its place, which is whole where the pointer rests", () => {
  const name = "a".repeat(63);
  const svg = topologySvg([topologyOf({ nodes: { [name]: {} } })]);
  expect(svg).toContain(`>${"a".repeat(31)}…</text>`);
  expect(svg).toContain(`<title>${name}\n`);
});
