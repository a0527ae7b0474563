// Cold boot of one tiny machine until it takes commands: the driver against the same guest on raw QEMU.
import { Cluster } from "@vitest-machines/driver";
import { tiny } from "@vitest-machines/images";
import { rawGuest } from "../raw-guest.mjs";
import { figure, paired } from "../report.mjs";

export default async function boot(rounds = 7) {
  await tiny().prepare();
  const { value, baseline } = await paired(
    rounds,
    async () => {
      const start = performance.now();
      const cluster = await Cluster.start({ nodes: { one: { vlans: [] } } }, { layers: false });
      const time = performance.now() - start;
      await cluster.stop();
      return time;
    },
    async () => {
      const start = performance.now();
      const guest = await rawGuest();
      const time = performance.now() - start;
      await guest.stop();
      return time;
    },
  );
  return [figure({ bench: "boot", value, unit: "ms", baseline })];
}
