import { expectTypeOf, it } from "vitest";
import type { Cluster, ClusterDeclaration, CommandResult, Machine, Machines } from "../../src/index.ts";
import type { Cluster as ClusterClass } from "../../src/index.ts";

const declaration = { nodes: { server: { memory: "256M", vlans: [1, 2] }, client: {} } } as const;
type Start = typeof ClusterClass.start<(typeof declaration)["nodes"]>;

it("machines are known by the names of their declaration", () => {
  type Booted = Awaited<ReturnType<Start>>;
  expectTypeOf<keyof Booted["machines"]>().toEqualTypeOf<"server" | "client">();
  expectTypeOf<Booted["machines"]["server"]>().toEqualTypeOf<Machine>();
  // @ts-expect-error there is no such machine
  expectTypeOf<Booted["machines"]["sever"]>();
});

it("a cluster of any names is one, too", () => {
  expectTypeOf<Machines<(typeof declaration)["nodes"]>>().toExtend<Machines>();
  expectTypeOf<Cluster["machines"][string]>().toEqualTypeOf<Machine>();
});

it("options are checked", () => {
  expectTypeOf<{ nodes: { a: { memory: 5 } } }>().toExtend<ClusterDeclaration>();
  expectTypeOf<{ nodes: { a: { memory: true } } }>().not.toExtend<ClusterDeclaration>();
  expectTypeOf<Machine["execute"]>().returns.resolves.toEqualTypeOf<CommandResult>();
  expectTypeOf<Machine["succeed"]>().toBeCallableWith("one", ["two", "words"], { timeout: 5 });
});
