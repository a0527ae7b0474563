import { expectTypeOf, it } from "vitest";
import type { Cluster, ClusterDeclaration, CommandResult, Machine, Machines } from "../../src/index.ts";

const declaration = { nodes: { server: { memory: "256M", vlans: [1, 2] }, client: {} } } satisfies ClusterDeclaration;
type Lab = (typeof declaration)["nodes"];

it("machines are known by the names of their declaration", () => {
  type Booted = Cluster<Lab>;
  expectTypeOf<keyof Booted["machines"]>().toEqualTypeOf<"server" | "client">();
  expectTypeOf<Booted["machines"]["server"]>().toEqualTypeOf<Machine>();
  // @ts-expect-error there is no such machine
  expectTypeOf<Booted["machines"]["sever"]>();
});

it("a cluster of any names is one, too", () => {
  expectTypeOf<Machines<Lab>>().toExtend<Machines>();
  expectTypeOf<Cluster["machines"][string]>().toEqualTypeOf<Machine>();
});

it("a declaration keeps its names when it is written elsewhere", () => {
  expectTypeOf(declaration).toExtend<ClusterDeclaration>();
});

it("options are checked", () => {
  expectTypeOf<{ nodes: { a: { memory: 5 } } }>().toExtend<ClusterDeclaration>();
  expectTypeOf<{ nodes: { a: { memory: true } } }>().not.toExtend<ClusterDeclaration>();
  expectTypeOf<Machine["execute"]>().returns.resolves.toEqualTypeOf<CommandResult>();
  expectTypeOf<Machine["succeed"]>().toBeCallableWith("one", ["two", "words"], { timeout: 5 });
});
