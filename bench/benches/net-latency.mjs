// A packet from one machine to another and back, in the middle of a row of them. Baseline: the same on raw QEMU and a bare switch.
import { pairs } from "../pairs.mjs";
import { median } from "../report.mjs";

const packets = 200;

export default (rounds = 9) =>
  pairs({
    bench: "net-latency",
    rounds,
    unit: "ms",
    measure: async (run) => {
      // Each is sent when the one before has been answered.
      const said = await run(0, `ping -A -c ${packets} 192.168.1.2`);
      const times = [...said.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time));
      if (times.length !== packets) throw new Error(`of ${packets} pings ${times.length} were answered: ${said}`);
      return median(times);
    },
  });
