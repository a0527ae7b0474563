import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";
import { SetupError } from "./setup-error.mjs";

/** Fails on a Node that package.json does not allow. */
export function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (!satisfies(process.versions.node, engines.node)) {
    throw new SetupError(`this is Node ${process.versions.node}, but it takes ${engines.node}. See https://nodejs.org`);
  }
}

/** Whether a version is in a range made of `^1.2.3` and `>=1.2.3`, joined by `||`: all that "engines" here needs. */
export function satisfies(version, range) {
  return range.split("||").some((part) => {
    const [, operator, floor] = /^(\^|>=)(\d+\.\d+\.\d+)$/.exec(part.trim()) ?? [];
    if (floor === undefined) throw new SyntaxError(`cannot read the range "${part.trim()}"`);
    const sameMajor = version.split(".")[0] === floor.split(".")[0];
    return compare(version, floor) >= 0 && (operator === ">=" || sameMajor);
  });
}

function compare(left, right) {
  // Nightly builds are called 24.0.0-nightly…; the numbers decide.
  const numbers = (version) => version.split(/[.-]/, 3).map(Number);
  const [a, b] = [numbers(left), numbers(right)];
  const index = a.findIndex((value, position) => value !== b[position]);
  return index === -1 ? 0 : a[index] - b[index];
}
