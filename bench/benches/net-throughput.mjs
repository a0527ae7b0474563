// One TCP stream between two machines. Baseline: the same on raw QEMU and a bare switch; more is better.
import { pairs } from "../pairs.mjs";

const mebibytes = 16;
const open = "test -p /tmp/open || mkfifo /tmp/open";
const listens = "netstat -ltn | grep -q :5001";

export default (rounds = 9) =>
  pairs({
    bench: "net-throughput",
    rounds,
    unit: "MiB/s",
    measure: async (run) => {
      // It hangs up when its input ends, which that of a pipe of its own never does.
      await run(1, `${open}; nc -l -p 5001 0<> /tmp/open > /dev/null & until ${listens}; do :; done`);
      const startedAt = performance.now();
      // It ends when the other has taken everything and hung up.
      await run(0, `dd if=/dev/zero bs=64k count=${mebibytes * 16} 2> /dev/null | nc 192.168.1.2 5001 > /dev/null`);
      return mebibytes / ((performance.now() - startedAt) / 1000);
    },
  });
