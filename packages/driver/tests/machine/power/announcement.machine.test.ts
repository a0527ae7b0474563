import { expect, it } from "vitest";
import { useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ boot: "manual", nodes: { early: {}, late: {} } });

it("a machine that comes up tells its neighbours, who may have given up asking for it", async () => {
  const [early, late] = [lab.machine("early"), lab.machine("late")];
  await early.succeed("! ping -c1 -W1 late");
  await using capture = await lab.cluster.network.capture();
  await late.waitUntilReady();

  // Nothing else makes it known: it has sent nothing to `early`, and `early` does not ask on its own.
  const known = () => early.succeed("ip neigh show to 192.168.1.2");
  await expect.poll(known, { timeout: 5_000 }).toContain("lladdr 52:54:00:12:01:02");
  const heard = await capture.all({ machine: early, direction: "in" });
  const lines = heard.map((packet) => String(packet));
  expect(lines).toContain("late → late  arp who has 192.168.1.2?");
  expect(lines).toContain("late → ff02::1  icmpv6 is here 2001:db8:1::2");
  await early.succeed("ping -c1 -W1 late", "ping -6 -c1 -W1 late");
});
