import { fault } from "@vitest-machines/driver";
import { describe, expect, it } from "vitest";
import { parseClusterFile } from "../../src/environment/cluster-file/parse.ts";
import type { SuiteDeclaration } from "../../src/cluster/suite-declaration.ts";

const lab = [
  "networks: { lan: {}, trunk: {} }",
  "nodes:",
  "  a: { vlans: [lan] }",
  "  b: { vlans: [lan] }",
  "  c: { vlans: [lan], interfaces: { up: { network: trunk, tagged: [10], addresses: [] } } }",
  "faults:",
  "  every: 2s",
  "  from:",
];
const parse = (...from: string[]): SuiteDeclaration =>
  parseClusterFile([...lab, ...from.map((one) => `    - ${one}`)].join("\n"), "lab.yaml");
const lan = { network: "lan" };

describe("faults in a cluster file", () => {
  it("are those of fault", () => {
    const { faults } = parse(
      "{ loss: 10%, burst: 4, on: a }",
      "{ delay: 20ms, jitter: 10ms, reorder: true, on: [a, b], network: lan, direction: in }",
      "{ duplicate: 1%, corrupt: 2%, rate: 1mbit, mtu: 1400, network: lan }",
      "{ down: true, on: c, network: up }",
      "{ isolate: a, network: lan }",
      "{ partition: [[a, b], c], network: lan }",
      "{ cut: { from: a, to: [b, c] }, network: lan }",
      "{ bridge: { left: a, between: [b], right: c }, network: lan }",
      "{ majorityRing: [a, b, c], network: lan }",
    );
    expect(faults).toEqual({
      every: "2s",
      from: [
        fault.loss("10%", { burst: 4, on: "a" }),
        fault.delay("20ms", { jitter: "10ms", reorder: true, on: ["a", "b"], network: "lan", direction: "in" }),
        fault.link({ duplicate: "1%", corrupt: "2%", rate: "1mbit", mtu: 1400 }, lan),
        fault.down({ on: "c", network: "up" }),
        fault.isolate("a", lan),
        fault.partition([["a", "b"], ["c"]], lan),
        fault.cut({ from: "a", to: ["b", "c"], ...lan }),
        fault.bridge({ left: ["a"], between: ["b"], right: ["c"], ...lan }),
        fault.majorityRing(["a", "b", "c"], lan),
      ],
    });
  });

  it.each([
    [
      "an unknown key",
      "{ lost: 10%, on: a }",
      /^DECLARATION_INVALID: lab\.yaml:9:9: unknown key "lost" in faults\.from\[0\]\. Did you mean "loss"\? Valid: delay, .*, isolate, .*, direction\.$/,
    ],
    ["an unknown side", "{ cut: { from: a, two: b } }", /"to" is missing\.\n.*unknown key "two".* Valid: from, to\.$/],
    [
      "a wrong type",
      "{ isolate: { on: a } }",
      /lab\.yaml:9:18: faults\.from\[0\]\.isolate must be a string or a list, not a map\.$/,
    ],
    [
      "a value that does not fit",
      "{ loss: lots, on: a }",
      /^DECLARATION_INVALID: lab\.yaml:9:15: faults\.from\[0\]\.loss: "lots" is not a share up to 100 %\. Valid: a text such as "10%"\.$/,
    ],
    [
      "values that do not fit together",
      "{ jitter: 5ms, on: a }",
      /lab\.yaml:9:17: faults\.from\[0\]\.jitter: "5ms" is longer than the delay\./,
    ],
    [
      "a machine twice",
      "{ partition: [[a], [a]] }",
      /lab\.yaml:9:20: faults\.from\[0\]\.partition: "a" is there twice/,
    ],
    [
      "two faults in one",
      "{ isolate: a, loss: 10% }",
      /lab\.yaml:9:27: faults\.from\[0\]\.loss: "10%" cannot be with isolate\. Valid: isolate, network; other faults are items of their own\.$/,
    ],
    ["a place that it does not have", "{ down: true, on: a, direction: in }", /direction: "in" cannot be with down\./],
    [
      "a cable that is not out",
      "{ down: false, on: a }",
      /lab\.yaml:9:15: faults\.from\[0\]\.down must be true, not false\.$/,
    ],
    [
      "nothing that goes wrong",
      "{ on: a }",
      /lab\.yaml:9:7: faults\.from\[0\]: \{"on":"a"\} does not say what goes wrong\. Valid: delay, /,
    ],
    [
      "an unknown machine",
      "{ isolate: x, network: lan }",
      /lab\.yaml:9:7: faults\.from\[0\]: "x" is no machine of this cluster\. Valid: a, b, c\.$/,
    ],
    [
      "an unknown network",
      "{ loss: 1%, network: wan }",
      /lab\.yaml:9:28: faults\.from\[0\]\.network: "wan" is no network of these machines\. Valid: lan, trunk, 1, 2\.$/,
    ],
    [
      "a trunk port",
      "isolate: a",
      /lab\.yaml:9:7: faults\.from\[0\]: "up of c" passes tagged packets, and only its cable can be pulled\./,
    ],
  ])("with %s are refused at file:line:column", (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it.each([
    ["every: 2s", "every: soon", /lab\.yaml:7:10: faults\.every: "soon" is not a time up to 3600 s\./],
    ["every: 2s", "seed: -1\n  every: 2s", /lab\.yaml:7:9: faults\.seed: -1 is no seed\./],
    ["every: 2s", "lasts: 1s", /lab\.yaml:7:3: "every" is missing\.$/],
    ["every: 2s", "every: 2s\n  until: 3s", /unknown key "until" in faults\. Valid: seed, every, lasts, from\.$/],
    ["    - isolate: a", "    []", /lab\.yaml:9:5: faults\.from: \[\] is nothing to draw from\./],
  ])("with %s instead as %j are refused", (was, is, message) => {
    const text = [...lab, "    - isolate: a"].join("\n").replace(was, is);
    expect(() => parseClusterFile(text, "lab.yaml")).toThrow(message);
  });
});
