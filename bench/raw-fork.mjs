// The tiny guest, booted once, frozen, and forked on raw QEMU: what a fork costs with nothing of the driver in between.
import { mkdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { tiny } from "@vitest-machines/images";
import { greet, listening, runRaw, startRawQemu } from "./raw-guest.mjs";
import { temporaryFolder } from "./layers.mjs";

const trueCommand = ["sh", "-c", "set -euo pipefail\ntrue"];

/**
 * Boots a guest and freezes it.
 * @param {{ memory?: string }} options
 * @returns {Promise<{ fork(count: number): Promise<{ ms: number, pids: number[], stop(): Promise<void> }>, remove(): void }>}
 * `fork` settles when all forks have answered a command; its time includes starting their QEMUs.
 */
export async function rawLayer({ memory = "128M" } = {}) {
  const image = await tiny().prepare();
  const folder = temporaryFolder("raw");
  const start = (name, share, more) => {
    const own = join(folder, name);
    mkdirSync(own);
    const backend = `memory-backend-file,id=mem,size=${memory},mem-path=${folder}/ram,share=${share}`;
    const control = `unix:${own}/qmp,server=on,wait=off`;
    const options = { memory, machine: "q35,memory-backend=mem", more: ["-object", backend, "-qmp", control, ...more] };
    return { own, ...startRawQemu(image, own, options) };
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const origin = start("origin", "on", []);
    try {
      const session = await greet(origin.own);
      await runRaw(session, trueCommand);
      const send = await control(origin.own);
      await send("stop");
      await ignoreShared(send);
      await send("migrate", { uri: `exec:cat > ${folder}/devices` });
      await migrated(send);
    } finally {
      await origin.kill();
    }
  } catch (error) {
    remove();
    throw error;
  }
  let forks = 0;
  const fork = async (count) => {
    const startedAt = performance.now();
    const guests = Array.from({ length: count }, () => start(`fork${forks++}`, "off", ["-incoming", "defer"]));
    const stop = () => Promise.all(guests.map((guest) => guest.kill()));
    try {
      await Promise.all(guests.map(({ own }) => wakeUp(own, folder)));
    } catch (error) {
      await stop();
      throw error;
    }
    return { ms: performance.now() - startedAt, pids: guests.map(({ pid }) => pid), stop };
  };
  return { fork, remove };
}

async function wakeUp(own, folder) {
  const send = await control(own);
  await ignoreShared(send);
  await send("migrate-incoming", { uri: `exec:cat ${folder}/devices` });
  await migrated(send);
  await send("cont");
  await runRaw(await greet(own), trueCommand);
}

/** A QMP conversation: a function that runs one command. */
async function control(own) {
  await listening(join(own, "qmp"));
  const socket = connect(join(own, "qmp"));
  const waiting = [];
  let text = "";
  socket.on("error", () => undefined); // Ends with the guest.
  socket.on("data", (chunk) => {
    text += chunk;
    for (let at; (at = text.indexOf("\n")) >= 0; text = text.slice(at + 1)) {
      const message = JSON.parse(text.slice(0, at));
      if (message.error) waiting.shift()?.reject(new Error(message.error.desc));
      else if ("return" in message) waiting.shift()?.resolve(message.return);
    }
  });
  const send = (execute, parameters) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      socket.write(`${JSON.stringify({ execute, arguments: parameters })}\n`);
    });
  await send("qmp_capabilities");
  return send;
}

const ignoreShared = (send) =>
  send("migrate-set-capabilities", { capabilities: [{ capability: "x-ignore-shared", state: true }] });

async function migrated(send) {
  for (;;) {
    const { status, "error-desc": reason } = await send("query-migrate");
    if (status === "completed") return;
    if (status === "failed") throw new Error(`the state was not saved or loaded: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
