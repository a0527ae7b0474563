// What a command costs. Main figure: succeed("true") against the agent's bare round trip (the same shell, started
// through the session without the machine's verb). Second: against the wrapper of the NixOS driver (two round trips on a
// shell: `sh -c` piped through base64, then the exit status), in the same guest.
import { connect } from "node:net";
import { Cluster } from "@vitest-machines/driver";
import { rawGuest } from "../raw-guest.mjs";
import { figure, median, timed } from "../report.mjs";

const shellQuoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs a command the way the NixOS driver does: over one shell, stdout as one base64 line, status asked afterwards. */
async function wrappedShell(guest) {
  const find = `for p in /sys/class/virtio-ports/*; do if [ "$(cat $p/name)" = shell ]; then echo /dev/$(basename $p); fi; done`;
  const found = guest.session.exec({ argv: ["sh", "-c", find] });
  let device = "";
  for await (const chunk of found.stdout) device += chunk;
  await found.exit;
  // Opened once for both directions: a virtio port has one opener.
  const shell = guest.session.exec({ argv: ["sh", "-c", `exec sh 0<>${device.trim()} 1>&0 2>/dev/null`] });
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
    // NixOS asks bash for PIPESTATUS; the tiny guest's shell has none, so the status goes through a file, which is no slower.
    const inner = `timeout 900 sh -c ${shellQuoted(`set -euo pipefail; ${command}`)}`;
    socket.write(`( ${inner}; echo $? >/tmp/status ) | (base64 -w 0; echo)\n`);
    const output = Buffer.from(await line(), "base64").toString();
    socket.write("read status </tmp/status; echo $status\n");
    return { status: Number(await line()), output };
  };
}

export default async function command(rounds = 300) {
  const cluster = await Cluster.start({ nodes: { one: { vlans: [] } } });
  const guest = await rawGuest({ shellPort: true });
  try {
    const { one } = cluster.machines;
    const bare = async () => {
      const run = guest.session.exec({ argv: ["sh", "-c", "set -euo pipefail\ntrue"] });
      run.stdin.end();
      run.stdout.resume();
      run.stderr.resume();
      await run.exit;
    };
    const wrapped = await wrappedShell(guest);
    const check = await wrapped("echo answer");
    if (check.output !== "answer\n" || check.status !== 0)
      throw new Error(`the wrapped shell said ${JSON.stringify(check)}`);

    const times = { succeed: [], bare: [], wrapped: [] };
    for (let round = -20; round < rounds; round++) {
      const succeed = await timed(() => one.succeed("true"));
      const raw = await timed(bare);
      const nixos = await timed(() => wrapped("true"));
      if (round < 0) continue; // TCG translates the paths on first use.
      times.succeed.push(succeed);
      times.bare.push(raw);
      times.wrapped.push(nixos);
    }
    const value = median(times.succeed);
    return [
      figure({ bench: "command", value, unit: "ms", baseline: median(times.bare) }),
      figure({
        bench: "command",
        metric: "command-against-nixos-wrapper",
        value,
        unit: "ms",
        baseline: median(times.wrapped),
      }),
    ];
  } finally {
    await guest.stop();
    await cluster.stop();
  }
}
