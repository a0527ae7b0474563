import { expect, it } from "vitest";
import { parseDisks } from "../../src/topology/disks.ts";

it("sizes become disks, numbered from 1 in their order", () => {
  expect(parseDisks(["64M", "1G", "1.5GiB", 10], "disks")).toEqual([
    { serial: "disk1", sizeMiB: 64 },
    { serial: "disk2", sizeMiB: 1024 },
    { serial: "disk3", sizeMiB: 1536 },
    { serial: "disk4", sizeMiB: 10 },
  ]);
});

it.each([
  [
    "64M",
    'nodes.a.disks: "64M" is not a list of disk sizes.\nValid: a list of sizes such as ["64M", "1G"]; [] for none.',
  ],
  [["1G", "big"], 'nodes.a.disks[1]: "big" is not the size of a disk.\nValid: "64M", "1G" or a number of MiB,'],
  [[null], "nodes.a.disks[0]: null is not the size of a disk."],
  [[0], "nodes.a.disks[0]: 0 is too small for a disk."],
  [["2048G"], 'nodes.a.disks[0]: "2048G" is too large for a disk.'],
])("%j is refused", (value, message) => {
  expect(() => parseDisks(value, "nodes.a.disks")).toThrow(`DECLARATION_INVALID: ${message}`);
});
