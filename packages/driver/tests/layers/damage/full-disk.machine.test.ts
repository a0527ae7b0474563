import { cacheFolder } from "@vitest-machines/host";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDriverProcess } from "../../support/a-driver-process.ts";

/** Mounts of its own, which nobody else sees and which end with the process. */
const unshare = ["unshare", process.getuid?.() === 0 ? "-m" : "-Urm"] as const;
const mayMount = spawnSync(unshare[0], [unshare[1], "mount", "-t", "tmpfs", "none", tmpdir()]).status === 0;

interface Sizes {
  readonly layers: string;
  readonly checkpoints: string;
}

/** Starts two machines where layers and checkpoints have little room; returns what the program said. */
async function onSmallDisks({ layers, checkpoints }: Sizes, store: string, code: string): Promise<string[]> {
  const own = mkdtempSync(join(tmpdir(), "vm-full-"));
  onTestFinished(() => rmSync(own, { recursive: true }));
  const root = join(own, "layers");
  const places = [root, join(cacheFolder(), "checkpoints")];
  for (const place of places) mkdirSync(place, { recursive: true, mode: 0o700 });
  const mounts = [layers, checkpoints].map((size) => `mount -t tmpfs -o mode=700,size=${size} none "$1"; shift`);
  const wrapper = [...unshare, "sh", "-euc", [...mounts, 'exec "$@"'].join("\n"), "sh", ...places];
  const program = `
    const { readdirSync } = await import("node:fs");
    class Hopeful extends LayerStore { roomFor() { return Promise.resolve({ fits: true }); } }
    const root = ${JSON.stringify(root)};
    const layers = ${store};
    const cluster = await Cluster.start({ name: "full", nodes: { a: {}, b: {} } }, { layers, onEvent });
    const { a, b } = cluster.machines;
    const answer = async () => say((await a.succeed("echo -n one; ping -c1 -W5 b > /dev/null")) + (await b.succeed("echo -n two")));
    say(cluster.origin.how + " " + cluster.origin.frozen);
    await answer();
    const left = (folder) => readdirSync(folder, { recursive: true }).filter((name) => !name.startsWith("."));
    say("left: " + [...left(root), ...left(root + "/.work")].join(" "));
    ${code}
    await cluster.stop();`;
  return startDriverProcess({ root, runtime: join(own, "run"), wrapper }, program).rest();
}

const checkpoint = `
    say(await cluster.checkpoint("c").then(() => "taken", (error) => error.code + ": " + error.summary));
    await answer();
    const [folder] = readdirSync(${JSON.stringify(join(cacheFolder(), "checkpoints"))});
    say("left: " + left(${JSON.stringify(join(cacheFolder(), "checkpoints"))} + "/" + folder).filter((name) => name !== "owner.json"));
    await cluster.reset();
    await answer();`;

// Without the right to mount there is no full disk to be had; what the store's own limit does is tested beside this.
describe.runIf(mayMount)("where the disk is full", () => {
  it("a cluster is not frozen, and a checkpoint fails, and it goes on", async () => {
    const sizes = { layers: "64m", checkpoints: "20m" };
    expect(await onSmallDisks(sizes, "store", checkpoint)).toEqual([
      expect.stringMatching(
        /^notice: full was not frozen, so it will boot each time: it takes \d+ MiB and .* has \d+ MiB free, of which 512 MiB stay free$/,
      ),
      "booted false",
      "onetwo",
      "left: ",
      expect.stringMatching(
        /^FREEZE_FAILED: cluster "full" could not be frozen: .* could not be copied: .*No space left on device$/,
      ),
      "onetwo",
      "left: ",
      "onetwo",
    ]);
  });

  it("a freeze that finds out in the middle is given up, and the cluster runs as it booted", async () => {
    const sizes = { layers: "400k", checkpoints: "20m" };
    expect(await onSmallDisks(sizes, "new Hopeful({ root })", "await cluster.reset(); await answer();")).toEqual([
      expect.stringMatching(
        /^notice: full could not be frozen and runs as it booted: .*(ENOSPC|No space left on device)/,
      ),
      "booted false",
      "onetwo",
      "left: ",
      "onetwo",
    ]);
  });

  it("a checkpoint of forks fails and says that there is no room, and they go on", async () => {
    const sizes = { layers: "2g", checkpoints: "20m" };
    expect(await onSmallDisks(sizes, "store", checkpoint)).toEqual([
      "booted true",
      "onetwo",
      expect.stringMatching(/^left: /),
      expect.stringMatching(
        /^FREEZE_FAILED: cluster "full" could not be frozen: [ab]: there is no room for a copy of its memory on the disk\.$/,
      ),
      "onetwo",
      "left: ",
      "onetwo",
    ]);
  });
});
