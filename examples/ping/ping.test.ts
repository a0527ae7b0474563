import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";

describe("two machines on one switch", () => {
  const { it, machine1, machine2 } = cluster({ nodes: { machine1: {}, machine2: {} } });

  it("reach each other by name", async () => {
    await machine1.succeed("ping -c1 machine2");
    await machine2.succeed("ping -c1 machine1");
  });

  // The same handles can be taken from the test's context, as with any Vitest fixture.
  it("know who they are", async ({ machine1, machine2 }) => {
    expect(await machine1.succeed("hostname")).toBe("machine1\n");
    expect(await machine2.succeed("hostname")).toBe("machine2\n");
  });

  it("reach each other over IPv6 too", async ({ machine1 }) => {
    await machine1.succeed("ping -6 -c1 machine2");
  });
});
