import { MachinesError, type ProcessHost } from "@vitest-machines/host";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { KeeperProcessHost } from "../../src/keeper/client.ts";
import { eventually, isAlive } from "../support/pids.ts";
import { it, request, sleep } from "./a-keeper.ts";

describe("a keeper", () => {
  it("leases, spawns, kills and releases for a worker", async ({ serve }) => {
    const { socket } = await serve();
    const host = await KeeperProcessHost.connect(socket);
    const lease = await host.lease(request);
    expect(existsSync(lease.folder)).toBe(true);
    const killed = await lease.spawn(sleep(lease.folder));
    const left = await lease.spawn(sleep(lease.folder));
    expect(isAlive(killed.pid)).toBe(true);
    await killed.kill("SIGKILL");
    expect(await killed.exited).toEqual({ exitCode: null, signal: "SIGKILL" });
    await killed.kill("SIGKILL");

    await lease.release();
    expect((await left.exited).signal).toBe("SIGTERM");
    expect(existsSync(lease.folder)).toBe(false);
    await lease.release();
    host.close();
  });

  it("tells of a child that has ended before its spawn is answered", async ({ serve }) => {
    const { socket } = await serve();
    const host = await KeeperProcessHost.connect(socket);
    const lease = await host.lease(request);
    const child = await lease.spawn(sleep(lease.folder, ["/bin/sh", "-c", "exit 7"]));
    expect(await child.exited).toEqual({ exitCode: 7, signal: null });
    host.close();
  });

  it("ends what a worker leased when its connection is gone, and nobody else's", async ({ serve }) => {
    const { socket } = await serve();
    const [gone, stays] = [await KeeperProcessHost.connect(socket), await KeeperProcessHost.connect(socket)];
    const [goneLease, staysLease] = [await gone.lease(request), await stays.lease(request)];
    const goneChild = await goneLease.spawn(sleep(goneLease.folder));
    const staysChild = await staysLease.spawn(sleep(staysLease.folder));
    gone.close();
    await eventually(() => !isAlive(goneChild.pid), "the child of the worker that is gone has ended");
    expect(isAlive(staysChild.pid)).toBe(true);
    expect(await goneChild.exited).toEqual({ exitCode: null, signal: "SIGKILL" });
    stays.close();
  });

  it("passes errors on whole", async ({ serve }) => {
    const { socket } = await serve();
    const host = await KeeperProcessHost.connect(socket);
    const lease = await host.lease(request);
    const spawning = lease.spawn({ ...sleep(lease.folder), logFile: join(lease.folder, "no/such/folder/log") });
    await expect(spawning).rejects.toThrow(/ENOENT/);
    const impossible = host.lease({ ...request, memoryMiB: 1e9 });
    await expect(impossible).rejects.toThrow(MachinesError);
    await expect(impossible).rejects.toMatchObject({ code: "BUDGET_IMPOSSIBLE", name: "MachinesError" });
    host.close();
  });

  it("tells why a lease waits, and lets a worker give up waiting", async ({ serve }) => {
    const waiting: ProcessHost = {
      lease: ({ onWait, signal }) =>
        new Promise((_resolve, reject) => {
          onWait?.("memory");
          signal?.addEventListener("abort", () => reject(new MachinesError("ABORTED", "gave up")));
        }),
    };
    const { socket } = await serve({ host: waiting });
    const host = await KeeperProcessHost.connect(socket);
    const abort = new AbortController();
    const onWait = vi.fn();
    const lease = host.lease({ ...request, onWait, signal: abort.signal });
    await vi.waitFor(() => expect(onWait).toHaveBeenCalledWith("memory"));
    abort.abort();
    await expect(lease).rejects.toMatchObject({ code: "ABORTED" });
    await expect(host.lease({ ...request, signal: abort.signal })).rejects.toMatchObject({ code: "ABORTED" });
    host.close();
  });

  it("that is gone fails pending and later calls, and settles its children", async ({ serve }) => {
    const { socket, keeper } = await serve();
    const host = await KeeperProcessHost.connect(socket);
    const lease = await host.lease(request);
    const child = await lease.spawn(sleep(lease.folder));
    await keeper.stop();
    await host.closed;
    expect(await child.exited).toEqual({ exitCode: null, signal: "SIGKILL" });
    await expect(host.lease(request)).rejects.toMatchObject({ code: "KEEPER_LOST" });
    await expect(lease.spawn(sleep(lease.folder))).rejects.toMatchObject({ code: "KEEPER_LOST" });
    await lease.release();
    await expect(KeeperProcessHost.connect(socket)).rejects.toMatchObject({ code: "KEEPER_LOST" });
    expect(isAlive(child.pid)).toBe(false);
  });

  it("is idle when nobody has been connected for a while", async ({ serve }) => {
    const { socket, onIdle } = await serve({ idleMs: 100 });
    const host = await KeeperProcessHost.connect(socket);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(onIdle).not.toHaveBeenCalled();
    host.close();
    await vi.waitFor(() => expect(onIdle).toHaveBeenCalledOnce());
  });
});
