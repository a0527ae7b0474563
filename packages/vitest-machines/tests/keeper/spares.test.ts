import type { ForkRecipe, Spare } from "@vitest-machines/driver";
import { LocalProcessHost, type HostedProcess, type ProcessHost } from "@vitest-machines/host";
import { existsSync } from "node:fs";
import { describe, expect, onTestFinished, vi, type Mock } from "vitest";
import { KeeperProcessHost } from "../../src/keeper/client.ts";
import type { KeeperSpares } from "../../src/keeper/keeper.ts";
import { LazySpares } from "../../src/keeper/lazy-spares.ts";
import { eventually, isAlive } from "../support/pids.ts";
import { it, request, sleep } from "./a-keeper.ts";

const recipe: ForkRecipe = {
  cluster: "test",
  accelerator: "tcg",
  clock: "host",
  vlans: [],
  nodes: [],
  layerKey: "0".repeat(64),
};

/** A spare whose machines are processes that sleep, or do what they are told. */
async function spareOf(...commands: [string, ...string[]][]): Promise<Spare & { pids: number[] }> {
  const lease = await new LocalProcessHost().lease(request);
  onTestFinished(() => lease.release());
  const processes = new Map<string, HostedProcess>();
  for (const [index, argv] of commands.entries()) {
    processes.set(`qemu m${index}`, await lease.spawn(sleep(lease.folder, argv)));
  }
  return { kind: "fork", generation: 0, lease, processes, pids: [...processes.values()].map(({ pid }) => pid) };
}

function sparesWith(take: KeeperSpares["take"]): Record<keyof KeeperSpares, Mock> {
  return {
    take: vi.fn(take),
    keep: vi.fn(() => Promise.resolve()),
    want: vi.fn(() => Promise.resolve()),
    clear: vi.fn(),
    close: vi.fn(() => Promise.resolve()),
  };
}

const sleeping: [string, string] = ["/bin/sleep", "1000"];

describe("a spare", () => {
  it("is the worker's once it is taken: its folder, its processes, and what is started on its lease", async ({
    serve,
  }) => {
    const spare = await spareOf(sleeping, sleeping);
    const { socket } = await serve({ spares: sparesWith(() => Promise.resolve(spare)) });
    const host = await KeeperProcessHost.connect(socket);
    const taken = await host.take("a");
    expect(taken!.lease.folder).toBe(spare.lease.folder);
    expect([...taken!.processes].map(([name, { pid }]) => [name, pid])).toEqual([
      ["qemu m0", spare.pids[0]],
      ["qemu m1", spare.pids[1]],
    ]);
    const more = await taken!.lease.spawn(sleep(spare.lease.folder));
    const [first, second] = [...taken!.processes.values()];
    await first!.kill("SIGKILL");
    expect(await first!.exited).toEqual({ exitCode: null, signal: "SIGKILL" });
    expect(isAlive(second!.pid)).toBe(true);

    await taken!.lease.release();
    expect((await second!.exited).signal).toBe("SIGTERM");
    expect((await more.exited).signal).toBe("SIGTERM");
    expect(existsSync(spare.lease.folder)).toBe(false);
    host.close();
  });

  it("tells of a process of it that ended before the worker heard of it", async ({ serve }) => {
    const spare = await spareOf(["/bin/sh", "-c", "exit 7"], sleeping);
    await spare.processes.get("qemu m0")!.exited;
    const { socket } = await serve({ spares: sparesWith(() => Promise.resolve(spare)) });
    const host = await KeeperProcessHost.connect(socket);
    const taken = await host.take("a");
    expect(await taken!.processes.get("qemu m0")!.exited).toEqual({ exitCode: 7, signal: null });
    host.close();
  });

  it("goes with a worker that is gone before it was handed out", async ({ serve }) => {
    const spare = await spareOf(sleeping);
    let handOut: (spare: Spare) => void = () => undefined;
    const take = vi.fn(() => new Promise<Spare>((resolve) => (handOut = resolve)));
    const { socket, onError } = await serve({ spares: sparesWith(take) });
    const host = await KeeperProcessHost.connect(socket);
    const taken = host.take("a");
    await vi.waitFor(() => expect(take).toHaveBeenCalledWith("a"));
    host.close();
    await expect(taken).rejects.toMatchObject({ code: "KEEPER_LOST" });
    expect(isAlive(spare.pids[0]!)).toBe(true);
    handOut(spare);
    await eventually(() => !isAlive(spare.pids[0]!), "the spare of the worker that is gone has ended");
    await eventually(() => !existsSync(spare.lease.folder), "its folder is gone");
    expect(onError).not.toHaveBeenCalled();
  });

  it("can be left to the keeper by one worker and taken by the next, with all that runs on it", async ({ serve }) => {
    const kept = new Map<string, Spare>();
    const spares = sparesWith((name) => Promise.resolve(kept.get(name)));
    spares.keep.mockImplementation((name: string, spare: Spare) => Promise.resolve(void kept.set(name, spare)));
    const { socket, onError } = await serve({ spares });
    const before = await KeeperProcessHost.connect(socket);
    const lease = await before.lease(request);
    const child = await lease.spawn(sleep(lease.folder));
    const processes = new Map([["qemu a", child]]);
    await before.keep("mine", { kind: "kept", generation: 3, lease, processes });
    before.close();
    await before.closed;

    const after = await KeeperProcessHost.connect(socket);
    const taken = await after.take("mine");
    expect(taken).toMatchObject({ kind: "kept", generation: 3 });
    expect(taken!.lease.folder).toBe(lease.folder);
    expect(taken!.processes.get("qemu a")!.pid).toBe(child.pid);
    expect(isAlive(child.pid)).toBe(true);
    await taken!.lease.release();
    expect(isAlive(child.pid)).toBe(false);
    after.close();
    expect(onError).not.toHaveBeenCalled();
  });

  it("may not be there", async ({ serve }) => {
    const { socket } = await serve();
    const host = await KeeperProcessHost.connect(socket);
    expect(await host.take("a")).toBeUndefined();
    expect(await host.take("b")).toBeUndefined();
    host.close();
  });

  it("that cannot be had is an error of the worker alone", async ({ serve }) => {
    const { socket, onError } = await serve({ spares: sparesWith(() => Promise.reject(new Error("no room"))) });
    const host = await KeeperProcessHost.connect(socket);
    await expect(host.take("a")).rejects.toThrow("no room");
    const lease = await host.lease(request);
    await lease.release();
    host.close();
    await host.closed;
    expect(onError).not.toHaveBeenCalled();
  });

  it("is wanted through the keeper, and by nobody when that is gone", async ({ serve }) => {
    const spares = sparesWith(() => Promise.resolve(undefined));
    const { socket, keeper } = await serve({ spares });
    const host = await KeeperProcessHost.connect(socket);
    await host.want(recipe, "next");
    expect(spares.want).toHaveBeenCalledWith(recipe, "next");
    await keeper.stop();
    expect(spares.close).toHaveBeenCalledOnce();
    await host.closed;
    await host.want(recipe, "again");
    expect(spares.want).toHaveBeenCalledOnce();
  });

  it("gives way when somebody waits for the budget", async ({ serve }) => {
    const waiting: ProcessHost = {
      lease: ({ onWait, ...rest }) => {
        onWait?.("memory");
        return new LocalProcessHost().lease(rest);
      },
    };
    const spares = sparesWith(() => Promise.resolve(undefined));
    const { socket } = await serve({ host: waiting, spares });
    const host = await KeeperProcessHost.connect(socket);
    const lease = await host.lease(request);
    expect(spares.clear).toHaveBeenCalledOnce();
    await lease.release();
    host.close();
  });
});

describe("the keeper's own spares", () => {
  it("are none before somebody wants one, and none of a layer that is not there", async ({ folder }) => {
    vi.stubEnv("VITEST_MACHINES_CACHE", folder);
    const onError = vi.fn();
    const spares = new LazySpares({ host: new LocalProcessHost(), eager: true, onError });
    expect(await spares.take(recipe.layerKey)).toBeUndefined();
    spares.clear();
    await spares.want(recipe, "next");
    expect(await spares.take(recipe.layerKey)).toBeUndefined();
    await spares.close();
    expect(onError).not.toHaveBeenCalled();
  });

  it("are none when the store cannot be opened, which is told once", async ({ folder }) => {
    vi.stubEnv("VITEST_MACHINES_CACHE", folder);
    vi.stubEnv("VITEST_MACHINES_LAYERS_MIB", "much");
    const onError = vi.fn();
    const spares = new LazySpares({ host: new LocalProcessHost(), eager: true, onError });
    await spares.want(recipe, "next");
    await spares.want(recipe, "next");
    expect(await spares.take(recipe.layerKey)).toBeUndefined();
    spares.clear();
    await spares.close();
    expect(onError).toHaveBeenCalledOnce();
    expect(onError.mock.lastCall![0]).toMatchObject({ code: "DECLARATION_INVALID" });
  });
});
