import { describe, expect } from "vitest";
import { cluster, fault, retry, type Machine } from "vitest-machines";
import { image, leads, read, write } from "./etcd.ts";

describe("a store on three machines, two of which decide", () => {
  const {
    it,
    one,
    two,
    three,
    cluster: store,
  } = cluster({
    defaults: { image, memory: "256M" },
    nodes: { one: {}, two: {}, three: {} },
    prepare: {
      key: "etcd-1",
      run: async (machines) => {
        await Promise.all(Object.values(machines).map((machine) => machine.startJob("etcd.service")));
        await Promise.all(Object.values(machines).map((machine) => machine.waitForOpenPort(2379)));
        await retry(() => write(machines.one, "before", "all"));
      },
    },
    reset: "test",
  });
  const everyone = [one, two, three];

  /** The machine whose member leads, and the others. */
  const roles = (): Promise<{ leader: Machine; others: Machine[] }> =>
    retry(async () => {
      const leading = await Promise.all(everyone.map(leads));
      const [leader, ...more] = everyone.filter((_, index) => leading[index]);
      if (leader === undefined || more.length > 0) throw new Error("there is no leader, or a former one does not know");
      return { leader, others: everyone.filter((machine) => machine !== leader) };
    });

  it("has on all of them what was written to any", async () => {
    for (const machine of everyone) await write(machine, machine.name, "here");
    for (const machine of everyone) {
      expect(await read(machine)).toEqual({ before: "all", one: "here", two: "here", three: "here" });
    }
  });

  it("goes on where the majority is, when its leader is cut off, which refuses and forgets", async () => {
    const { leader, others } = await roles();
    const split = await store.network.inject(fault.partition([[leader], others]));
    // Unless they have a new leader, they refuse, too.
    await retry(() => Promise.all(others.map((machine) => write(machine, "meanwhile", "majority"))));
    await Promise.all([
      expect(write(leader, "meanwhile", "minority")).rejects.toThrow(/answered 50\d/),
      expect(read(leader)).rejects.toThrow(/answered 50\d/),
    ]);
    expect(await read(leader, { alone: true })).toEqual({ before: "all" });

    await split.heal();
    const agreed = { before: "all", meanwhile: "majority" };
    for (const machine of everyone) await retry(async () => expect(await read(machine)).toEqual(agreed));
  });

  it("goes on without its leader when that hears the others, and they do not hear it", async () => {
    const { leader, others } = await roles();
    await write(leader, "last words", "heard");
    const unheard = await store.network.inject(fault.cut({ from: leader, to: others }));
    await retry(() => Promise.all(others.map((machine) => write(machine, "meanwhile", "majority"))));
    // What it says may still be on its way when it is heard again, so nobody knows what becomes of it.
    await expect(write(leader, "murmur", "unheard")).rejects.toThrow(/answered 50\d/);

    await unheard.heal();
    const agreed = { before: "all", "last words": "heard", meanwhile: "majority" };
    for (const machine of everyone) await retry(async () => expect(await read(machine)).toMatchObject(agreed));
  });

  it("goes on for all while its leader is between two that do not reach each other", async () => {
    const { leader, others } = await roles();
    const [left, right] = others as [Machine, Machine];
    await store.network.inject(fault.bridge({ left: [left], between: [leader], right: [right] }));
    await left.fail(`ping -c1 -W1 ${right.name}`);
    for (const machine of everyone) await retry(() => write(machine, machine.name, "here"));
    const agreed = { before: "all", one: "here", two: "here", three: "here" };
    for (const machine of everyone) expect(await read(machine)).toEqual(agreed);
  });

  it("goes on where both sides meet, when one of them has the leader and the other does not reach it", async () => {
    const { leader, others } = await roles();
    const [between, far] = others as [Machine, Machine];
    const parted = await store.network.inject(fault.bridge({ left: [leader], between: [between], right: [far] }));
    // Longer than the far one waits before it asks for a leader that it hears.
    for (let number = 1; number <= 8; number++) {
      await retry(() => write(between, `write ${number}`, "between"));
      await between.sleep(1000);
    }

    await parted.heal();
    const written = await read(between);
    expect(Object.keys(written)).toHaveLength(9);
    for (const machine of everyone) await retry(async () => expect(await read(machine)).toEqual(written));
  });

  it("keeps every write that it has acknowledged, whoever is cut off and comes back", async () => {
    const acknowledged: Record<string, string> = {};
    const countOf = (writers: Machine[]): number =>
      Object.values(acknowledged).filter((name) => writers.some((writer) => writer.name === name)).length;
    let over = false;
    const keepWriting = async (machine: Machine): Promise<void> => {
      for (let number = 1; !over; number++) {
        const key = `${machine.name}-${number}`;
        try {
          await write(machine, key, machine.name);
          acknowledged[key] = machine.name;
        } catch (refusal) {
          expect(String(refusal)).toMatch(/answered 50\d/);
        }
      }
    };

    const writing = everyone.map(keepWriting);
    for (const machine of everyone) {
      const others = everyone.filter((other) => other !== machine);
      const isolated = await store.network.inject(fault.isolate(machine));
      const before = countOf(others);
      await retry(() => expect(countOf(others)).toBeGreaterThan(before + 10));
      await isolated.heal();
    }
    over = true;
    await Promise.all(writing);

    for (const machine of everyone) {
      await retry(async () => expect(await read(machine, { alone: true })).toMatchObject(acknowledged));
    }
  });
});
