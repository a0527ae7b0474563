// What a command costs. Main figure: succeed("true") against the agent's bare round trip (the same shell, started
// through the session without the machine's verb). Second: against the wrapper of the NixOS driver (two round trips on a
// bash that reads from a port: the command through base64, then its exit status), in the same kind of guest.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { Cluster } from "@vitest-machines/driver";
import { rawGuest, runRaw } from "../raw-guest.mjs";
import { figure, median, timed } from "../report.mjs";

/** Calls are measured in turns of this many, so that a drifting machine slows all alike and no guest runs cold. */
const turn = 25;

const run = (guest, argv) => runRaw(guest.session, argv);

/** The NixOS driver needs bash, which the tiny guest has not: it gets the host's, with its libraries. */
async function bringBash(guest) {
  const libraries = execFileSync("ldd", ["/bin/bash"], { encoding: "utf8" }).match(/\/\S+/g);
  for (const path of ["/bin/bash", ...libraries]) {
    await guest.session.writeFile(path, readFileSync(path), { mode: 0o755 });
  }
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs a command the way the NixOS driver does. */
async function wrappedShell(guest) {
  await bringBash(guest);
  const find = `for p in /sys/class/virtio-ports/*; do if [ "$(cat $p/name)" = shell ]; then echo /dev/$(basename $p); fi; done`;
  const device = (await run(guest, ["sh", "-c", find])).trim();
  // Opened once for both directions: a virtio port has one opener.
  const shell = guest.session.exec({ argv: ["sh", "-c", `exec bash --norc 0<>${device} 1>&0 2>/dev/null`] });
  shell.exit.catch(() => undefined); // Ends with the guest.
  const socket = connect(guest.shell);
  socket.on("error", () => undefined); // Ends with the guest.
  await new Promise((resolve) => socket.once("connect", resolve));
  let text = "";
  let wake = () => undefined;
  socket.on("data", (chunk) => {
    text += chunk;
    wake();
  });
  const line = async () => {
    while (!text.includes("\n")) await new Promise((resolve) => (wake = resolve));
    const at = text.indexOf("\n");
    const result = text.slice(0, at);
    text = text.slice(at + 1);
    return result;
  };
  return async (command) => {
    socket.write(`timeout 900 bash -c ${quoted(`set -euo pipefail; ${command}`)} | (base64 -w 0; echo)\n`);
    const output = Buffer.from(await line(), "base64").toString();
    socket.write("echo ${PIPESTATUS[0]}\n");
    return { status: Number(await line()), output };
  };
}

export default async function command(rounds = 12) {
  const cluster = await Cluster.start({ nodes: { one: { vlans: [] } } });
  const guest = await rawGuest({ shellPort: true });
  try {
    const { one } = cluster.machines;
    const wrapped = await wrappedShell(guest);
    const check = await wrapped("echo answer");
    if (check.output !== "answer\n") throw new Error(`the wrapped shell said ${JSON.stringify(check)}`);
    const subjects = {
      succeed: () => one.succeed("true"),
      bare: () => run(guest, ["sh", "-c", "set -euo pipefail\ntrue"]),
      wrapped: () => wrapped("true"),
    };
    const times = { succeed: [], bare: [], wrapped: [] };
    for (let round = -1; round < rounds; round++) {
      for (const [name, subject] of Object.entries(subjects)) {
        for (let call = 0; call < turn; call++) {
          const time = await timed(subject);
          // Emulation translates a path on its first use, and the first calls of a turn find cold caches.
          if (round >= 0 && call >= 5) times[name].push(time);
        }
      }
    }
    const value = median(times.succeed);
    const nixos = { metric: "command-against-nixos-wrapper", baseline: median(times.wrapped) };
    return [
      figure({ bench: "command", value, unit: "ms", baseline: median(times.bare) }),
      figure({ bench: "command", ...nixos, value, unit: "ms" }),
    ];
  } finally {
    await guest.stop();
    await cluster.stop();
  }
}
