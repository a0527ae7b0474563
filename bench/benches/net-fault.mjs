// What a link costs that has filters in both directions which have nothing to do. Baseline: the same link without them, in turn.
// And what it takes to set a fault and to heal it, a partition as well; baseline there: a command in a guest.
import { Cluster, fault } from "@vitest-machines/driver";
import { figure, median, timed } from "../report.mjs";

const pings = 200;
const mebibytes = 8;
/** Longer packets than a card sends vanish: it is looked at, and does nothing. */
const idle = { mtu: 1500 };

export default async function netFault(rounds = 5) {
  const cluster = await Cluster.start({ nodes: { one: {}, two: {} } });
  try {
    const { one, two } = cluster.machines;
    const { network } = cluster;
    await two.succeed(`mkdir -p /srv; head -c ${mebibytes * 2 ** 20} /dev/zero > /srv/zeros; httpd -h /srv`);
    const link = network.link("two");
    const roundTrip = async () => {
      const printed = await one.succeed(`ping -q -c ${pings} -i 0.005 two`);
      return Number(/min\/avg\/max = [\d.]+\/([\d.]+)/.exec(printed)?.[1]);
    };
    const copy = async () => (await one.execute("wget -q -O /dev/null http://two/zeros")).durationMs;
    await roundTrip();
    await copy();
    const times = {
      plain: [],
      filtered: [],
      plainCopy: [],
      filteredCopy: [],
      set: [],
      heal: [],
      cut: [],
      uncut: [],
      command: [],
    };
    for (let round = 0; round < rounds; round++) {
      times.plain.push(await roundTrip());
      times.plainCopy.push(await copy());
      times.set.push(await timed(() => link.set(idle)));
      times.filtered.push(await roundTrip());
      times.filteredCopy.push(await copy());
      times.heal.push(await timed(() => network.heal()));
      times.cut.push(await timed(() => network.inject(fault.isolate("one"))));
      times.uncut.push(await timed(() => network.heal()));
      times.command.push(await timed(() => one.succeed("true")));
    }
    const bench = "net-fault";
    const of = (metric, value, baseline) => figure({ bench, metric, value: median(value), unit: "ms", baseline });
    return [
      of("net-fault", times.filtered, median(times.plain)),
      of("net-fault-copy", times.filteredCopy, median(times.plainCopy)),
      of("net-fault-set", times.set, median(times.command)),
      of("net-fault-heal", times.heal, median(times.command)),
      of("net-fault-isolate", times.cut, median(times.command)),
      of("net-fault-isolate-heal", times.uncut, median(times.command)),
    ];
  } finally {
    await cluster.stop();
  }
}
