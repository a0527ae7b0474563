import { describe, expect, it } from "vitest";
import { diskGraph } from "../../../src/qemu/disks/graph.ts";
import { IdAllocator } from "../../../src/qemu/ids.ts";

const disk = { serial: "root", overlay: "/r/root.qcow2", sizeBytes: 1024 };
const cache = { direct: false, "no-flush": true };

describe("the graph of a disk", () => {
  it("puts what the machine writes over what it only reads, and names everything below", () => {
    const chain = [
      { path: "/layers/a, b.qcow2", format: "qcow2" },
      { path: "/images/disk.raw", format: "raw" },
    ] as const;
    expect(diskGraph({ ...disk, chain }, new IdAllocator())).toEqual({
      top: "drive0",
      nodes: [
        {
          ...{ driver: "raw", "node-name": "backing0", "read-only": true, cache },
          file: { driver: "file", filename: "/images/disk.raw" },
        },
        {
          ...{ driver: "qcow2", "node-name": "backing1", "read-only": true, cache, backing: "backing0" },
          file: { driver: "file", filename: "/layers/a, b.qcow2" },
        },
        {
          ...{ driver: "qcow2", "node-name": "drive0", "read-only": false, cache, backing: "backing1" },
          ...{ discard: "unmap", file: { driver: "file", filename: "/r/root.qcow2" } },
        },
      ],
    });
  });

  it("has nothing below a file that says nothing of it, whatever its header says", () => {
    const chain = [{ path: "/images/disk.qcow2", format: "qcow2" }] as const;
    expect(diskGraph({ ...disk, chain }, new IdAllocator()).nodes.map(({ backing }) => backing)).toEqual([
      null,
      "backing0",
    ]);
  });

  it("uses no name twice in a machine", () => {
    const ids = new IdAllocator();
    const chain = [{ path: "/images/disk.raw", format: "raw" }] as const;
    const names = [disk, disk].flatMap(() => diskGraph({ ...disk, chain }, ids).nodes.map((node) => node["node-name"]));
    expect(new Set(names).size).toBe(4);
  });

  it("cannot have anything below a raw file", () => {
    const chain = [
      { path: "/a", format: "raw" },
      { path: "/b", format: "raw" },
    ] as const;
    expect(() => diskGraph({ ...disk, chain }, new IdAllocator())).toThrow("/a is raw");
  });
});
