import { expect, it } from "vitest";
import { useLayerLab } from "../support/layer-lab.ts";

const used = useLayerLab();
const count = 64;

/** m01 to m64, all on one network. */
const nodes = Object.fromEntries(
  Array.from({ length: count }, (_, index) => [`m${String(index + 1).padStart(2, "0")}`, { memory: "96M" }]),
);

// Some minutes of two cores.
it.runIf(process.env["NIGHTLY"])(
  "64 machines boot together, reach each other, and are forked",
  async () => {
    process.env["VITEST_MACHINES_BUDGET_VCPUS"] = String(count);
    for (const how of ["booted", "forked"]) {
      const begun = performance.now();
      await using cluster = await used.lab.start({ name: "many", nodes, bootTimeout: 1_200_000 });
      expect(cluster.origin.how).toBe(how);
      console.log(`${count} machines ${how} in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      const machines = Object.values(cluster.machines);
      expect(machines).toHaveLength(count);
      await Promise.all(
        machines.map((machine, index) => machine.succeed(`ping -c1 -W60 ${machines[(index + 1) % count]?.name ?? ""}`)),
      );
    }
  },
  1_800_000,
);
