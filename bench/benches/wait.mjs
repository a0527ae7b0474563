// A port that opens after about a second: how long until a test knows. Baseline: a command that looks once a second.
import { setTimeout as delay } from "node:timers/promises";
import { Cluster } from "@vitest-machines/driver";
import { figure, paired } from "../report.mjs";

const port = 7000;

export default async function wait(rounds = 9) {
  const cluster = await Cluster.start({ nodes: { box: {} } });
  const { box } = cluster.machines;
  const later = async () => {
    await box.execute("kill $(pidof nc) 2> /dev/null; rm -f /tmp/at");
    // Not always the same moment, which a look might happen to meet.
    const script = `sleep ${(0.9 + 0.2 * Math.random()).toFixed(3)}; cat /proc/uptime > /tmp/at; exec nc -l -p ${port}`;
    await box.succeed(`(${script}) < /dev/null > /dev/null 2>&1 &`);
  };
  const uptimes = async () =>
    (await box.succeed("cat /proc/uptime /tmp/at")).split("\n").map((line) => Number(line.split(" ")[0]) * 1000);
  // By the guest's own clock. What asking takes is found out by asking again; the start of `nc` is in it.
  const sinceOpen = async () => {
    const [now, at] = await uptimes();
    const [later] = await uptimes();
    return now - (later - now) - at;
  };
  try {
    const { value, baseline } = await paired(
      rounds,
      async () => {
        await later();
        await box.waitForOpenPort(port);
        return sinceOpen();
      },
      async () => {
        await later();
        // A test does not begin to look at the moment at which the port begins to open.
        await delay(1_000 * Math.random());
        while ((await box.execute(`nc localhost ${port} < /dev/null`)).exitCode !== 0) await delay(1_000);
        return sinceOpen();
      },
    );
    return [figure({ bench: "wait", value, unit: "ms", baseline })];
  } finally {
    await cluster.stop();
  }
}
