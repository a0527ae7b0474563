import type { LeaseRequest, ProcessHost } from "@vitest-machines/host";
import { describe, expect, it } from "vitest";
import { claiming, isOwn, Reservations, type Demand, type SuiteNode } from "../../src/cluster/reservation.ts";

interface Tree {
  demands?: number[];
  mode?: string;
  concurrent?: boolean;
  below?: Tree[];
}

/** A file with clusters of so many MiB; `claims` asks for each in the order of the tree. */
function file(tree: Tree): { claims: number[]; reservations: Reservations } {
  const reservations = new Reservations();
  const all: [SuiteNode, Demand][] = [];
  const build = ({ demands = [], mode = "run", concurrent, below = [] }: Tree, parent?: SuiteNode): SuiteNode => {
    const node: Record<string, unknown> = {
      type: "suite",
      mode,
      concurrent,
      suite: parent?.suite || parent !== parent?.file ? parent : undefined,
    };
    const suite = node as unknown as SuiteNode;
    node["file"] = parent?.file ?? suite;
    for (const memoryMiB of demands) {
      const demand = { memoryMiB, vcpus: memoryMiB / 10 };
      reservations.add(suite, demand);
      all.push([suite, demand]);
    }
    node["tasks"] = below.map((child) => build(child, suite));
    return suite;
  };
  build(tree);
  return { reservations, claims: all.map(([suite, demand]) => reservations.claim(suite, demand).memoryMiB) };
}

it("is a cluster's own claim when it asks for no more than itself, or for nothing", () => {
  const demand = { memoryMiB: 100, vcpus: 2 };
  expect(isOwn(demand, demand)).toBe(true);
  expect(isOwn({ memoryMiB: 0, vcpus: 0 }, demand)).toBe(true);
  expect(isOwn({ memoryMiB: 175, vcpus: 3 }, demand)).toBe(false);
});

describe("what a cluster asks the budget for", () => {
  it("is its own demand when nothing is nested", () => {
    expect(file({ below: [{ demands: [100] }, { demands: [200] }] }).claims).toEqual([100, 200]);
  });

  it("is the largest that will run below it, and nothing for those", () => {
    const { claims } = file({
      demands: [100],
      below: [{ demands: [50] }, { below: [{ demands: [70], below: [{ demands: [5] }] }] }],
    });
    expect(claims).toEqual([175, 0, 0, 0]);
  });

  it("is all that will run below it when that runs at once", () => {
    const concurrent = true;
    expect(
      file({
        demands: [100],
        below: [
          { demands: [50], concurrent },
          { demands: [70], concurrent },
        ],
      }).claims[0],
    ).toBe(220);
  });

  it("counts suites only that have a test to run, and clusters beside it", () => {
    expect(file({ demands: [100, 30], below: [{ demands: [50], mode: "skip" }] }).claims).toEqual([130, 0, 0]);
  });

  it("replaces what the cluster itself needs", async () => {
    const asked: LeaseRequest[] = [];
    const host: ProcessHost = {
      lease: async (request) => {
        asked.push(request);
        return await Promise.reject(new Error("enough"));
      },
    };
    const { reservations } = file({});
    const suite = { type: "suite", mode: "run" } as unknown as SuiteNode & { file: SuiteNode };
    Object.assign(suite, { file: suite });
    const [first, second] = [
      { memoryMiB: 100, vcpus: 1 },
      { memoryMiB: 50, vcpus: 1 },
    ];
    reservations.add(suite, first);
    reservations.add(suite, second);
    for (const demand of [first, second]) {
      const claim = reservations.claim(suite, demand);
      await expect(claiming(host, claim).lease({ name: "x", ...demand })).rejects.toThrow("enough");
    }
    expect(asked.map(({ memoryMiB, vcpus }) => [memoryMiB, vcpus])).toEqual([
      [150, 2],
      [0, 0],
    ]);
  });
});
