import { expect, test } from "vitest";
import { editDistance } from "../../src/names/edit-distance.ts";

test.each([
  ["", "", 0],
  ["nginx", "nginx", 0],
  ["", "abc", 3],
  ["ngnix", "nginx", 1],
  ["ngix", "nginx", 1],
  ["kitten", "sitting", 3],
])("%j and %j are %i apart", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
  expect(editDistance(a, b, distance)).toBe(distance);
  if (distance > 0) expect(editDistance(a, b, distance - 1)).toBe(Infinity);
});
