// waitForUnit on a unit that is active, against bare `systemctl show` in the same guest.
import { Cluster } from "@vitest-machines/driver";
import { nodes } from "../debian.mjs";
import { figure, paired } from "../report.mjs";

export default async function verbs(rounds = 15) {
  const cluster = await Cluster.start({ nodes });
  const { server } = cluster.machines;
  const timed = async (work) => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  try {
    await server.waitForUnit("nginx.service");
    const { value, baseline } = await paired(
      rounds,
      () => timed(() => server.waitForUnit("nginx.service")),
      () => timed(() => server.execute(["systemctl", "show", "nginx.service"])),
    );
    return [figure({ bench: "verbs", value, unit: "ms", baseline })];
  } finally {
    await cluster.stop();
  }
}
