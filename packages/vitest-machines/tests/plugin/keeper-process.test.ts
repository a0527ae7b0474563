import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { KeeperProcessHost } from "../../src/keeper/client.ts";
import { KeeperProcess } from "../../src/plugin/keeper-process.ts";
import { ownRuntime } from "../support/own-runtime.ts";
import { eventually, isAlive } from "../support/pids.ts";

beforeEach(() => ownRuntime());

const request = { name: "test", memoryMiB: 16, vcpus: 1 };

describe("the keeper's process", () => {
  it("ends with everything in it when it is let go, twice if need be", async () => {
    const keeper = await KeeperProcess.start({
      idleMs: 60_000,
      isWatching: false,
      onError: (text) => expect.unreachable(text),
    });
    const host = await KeeperProcessHost.connect(keeper.socket);
    const lease = await host.lease(request);
    const child = await lease.spawn({ name: "sleep", argv: ["/bin/sleep", "1000"], logFile: `${lease.folder}/log` });
    await keeper.stop();
    await keeper.stop();
    expect(isAlive(keeper.pid!)).toBe(false);
    expect(isAlive(child.pid)).toBe(false);
    expect(existsSync(lease.folder)).toBe(false);
    expect(existsSync(dirname(keeper.socket))).toBe(false);
  });

  it("ends when it is idle", async () => {
    const keeper = await KeeperProcess.start({
      idleMs: 50,
      isWatching: false,
      onError: (text) => expect.unreachable(text),
    });
    await keeper.exited;
    expect(existsSync(dirname(keeper.socket))).toBe(false);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("does not mind %s", async (signal) => {
    const keeper = await KeeperProcess.start({
      idleMs: 60_000,
      isWatching: false,
      onError: (text) => expect.unreachable(text),
    });
    process.kill(keeper.pid!, signal);
    const host = await KeeperProcessHost.connect(keeper.socket);
    await (await host.lease(request)).release();
    host.close();
    await keeper.stop();
  });

  it("ends with everything in it when the process that started it is killed", async () => {
    const program = `
      import { KeeperProcess } from ${JSON.stringify(new URL("../../dist/plugin/keeper-process.js", import.meta.url).href)};
      const keeper = await KeeperProcess.start({ idleMs: 60000, isWatching: false, onError: console.error });
      console.log(JSON.stringify({ pid: keeper.pid, socket: keeper.socket }));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const { pid, socket } = JSON.parse(line.toString()) as { pid: number; socket: string };
    const host = await KeeperProcessHost.connect(socket);
    const lease = await host.lease(request);
    const child = await lease.spawn({ name: "sleep", argv: ["/bin/sleep", "1000"], logFile: `${lease.folder}/log` });

    parent.kill("SIGKILL");
    await eventually(() => !isAlive(pid), "the keeper has ended");
    expect(isAlive(child.pid)).toBe(false);
    expect(existsSync(dirname(socket))).toBe(false);
    await host.closed;
  });
});
