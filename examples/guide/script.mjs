// #region script
import { Cluster } from "vitest-machines/driver";

const lab = await Cluster.start({ nodes: { one: {}, two: {} } });
try {
  console.log(await lab.machines.one.succeed("ping -c1 two"));
} finally {
  await lab.stop(); // or declare it with `await using`, where your runtime knows that
}
// #endregion
