import { describe, expectTypeOf, it as plainIt } from "vitest";
import { cluster, defineCluster, tiny, type Cluster, type Machine } from "../../src/index.ts";

describe("cluster()", () => {
  const {
    it,
    test,
    server,
    client,
    cluster: whole,
    ...rest
  } = cluster({
    nodes: { server: { image: tiny(), memory: "256M", vlans: [1, 2] }, client: {} },
  });

  plainIt("returns exactly the machines that are declared", () => {
    expectTypeOf(server).toEqualTypeOf<Machine>();
    expectTypeOf(client).toEqualTypeOf<Machine>();
    expectTypeOf(Object.keys(rest) as (keyof typeof rest)[]).toEqualTypeOf<never[]>();
    expectTypeOf(whole.machines.server).toEqualTypeOf<Machine>();
    expectTypeOf(whole).toExtend<Cluster>();
    // @ts-expect-error there is no such machine in the cluster
    expectTypeOf(whole.machines.router).toBeAny();
  });

  it("injects exactly the machines that are declared", ({ server, client, task, expect }) => {
    expectTypeOf(server).toEqualTypeOf<Machine>();
    expectTypeOf(client).toEqualTypeOf<Machine>();
    expect(task.name).toBeTypeOf("string");
  });

  // @ts-expect-error there is no such machine to inject
  it("refuses a machine that is not declared", ({ router }) => expectTypeOf(router).toBeAny());

  test.for([1, 2])("injects into for", (n, { server }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    expectTypeOf(server).toEqualTypeOf<Machine>();
  });

  const extended = it.extend("page", async ({ server }) => await server.succeed("cat /page"));
  extended("may be extended", ({ page, client }) => {
    expectTypeOf(page).toEqualTypeOf<string>();
    expectTypeOf(client).toEqualTypeOf<Machine>();
  });
});

describe("cluster() of what is not a cluster", () => {
  // @ts-expect-error there is no machine in it
  cluster({});
  // @ts-expect-error memory is a text or a number
  cluster({ nodes: { a: { memory: true } } });
  // @ts-expect-error there is no such way to boot
  cluster({ nodes: { a: {} }, boot: "sometimes" });
  // @ts-expect-error there is no such machine
  const { nobody } = cluster({ nodes: { a: {} } });
  expectTypeOf(nobody).toBeAny();
});

describe("defineCluster()", () => {
  const net = defineCluster({ name: "net", nodes: { one: {}, two: { vlans: [] } } });
  const { it, one } = cluster(net);
  it("keeps the machines' names", ({ two }) => {
    expectTypeOf(one).toEqualTypeOf<Machine>();
    expectTypeOf(two).toEqualTypeOf<Machine>();
  });
  // @ts-expect-error there is no such machine
  it("keeps them exactly", ({ three }) => expectTypeOf(three).toBeAny());
});
