import {
  LocalProcessHost,
  manifestName,
  readChecked,
  recordFile,
  sparseSha256OfFile,
  writeManifest,
  type FileList,
  type Lease,
  type ProcessHost,
} from "@vitest-machines/host";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  LayerStore,
  shortKey,
  type Cluster,
  type ClusterDeclaration,
  type ClusterOptions,
} from "../../../src/index.ts";
import { LayerLab, useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const declaration = { name: "single", nodes: { box: { disks: ["8M"] } } } satisfies ClusterDeclaration;
type Single = Cluster<typeof declaration.nodes>;
let folder = "";

beforeAll(async () => {
  const cluster = await used.lab.start(declaration);
  folder = join(used.lab.root, cluster.forkRecipe!.layerKey);
  await cluster.stop();
});

/** Changes a byte where the file is not empty. */
async function flip(file: string): Promise<void> {
  const handle = await open(file, "r+");
  const { size } = await handle.stat();
  for (let at = size - 4096; at >= 0; at -= 4096) {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    if (buffer[0] === 0) continue;
    await handle.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, at);
    return handle.close();
  }
  throw new Error(`${file} is empty`);
}

/** Makes a manifest that is right about a file that is not what it was. */
async function attest(path: string): Promise<void> {
  const manifest = readChecked(readFileSync(join(folder, manifestName), "utf8")) as FileList;
  const record = await recordFile(folder, path, sparseSha256OfFile);
  const files = manifest.files.map((file) => (file.path === path ? record : file));
  writeFileSync(join(folder, manifestName), writeManifest({ ...manifest, files }));
}

describe("a layer", () => {
  it.each([
    [
      "whose memory was cut off",
      () => truncate(join(folder, "n1/ram"), 1 << 20),
      / is damaged \(n1\/ram has 1048576 bytes instead of 134217728\) and was dropped$/,
    ],
    ["with a flipped bit in its memory", () => flip(join(folder, "n1/ram")), / is damaged \(n1\/ram was altered\) and/],
    [
      "with a device state that is sound to the store and not to QEMU",
      () => {
        writeFileSync(join(folder, "n1/devices"), randomBytes(statSync(join(folder, "n1/devices")).size));
        return attest("n1/devices");
      },
      /^the layer of single was dropped, because no fork of it works: box: QEMU could not load its frozen state: .*load of migration failed/,
    ],
  ])("%s is dropped and made anew, and the user is told", async (_title, damage, notice) => {
    await damage();
    const said = used.lab.notices.length;
    const cluster = await used.lab.start(declaration);
    expect(cluster.origin).toEqual({ how: "booted", frozen: true });
    const notices = used.lab.notices.slice(said);
    expect(notices).toEqual([expect.stringMatching(notice)]);
    if (notices[0]!.startsWith("layer ")) expect(notices[0]).toContain(shortKey(cluster.forkRecipe!.layerKey));
    expect(await cluster.machines.box.succeed("echo runs")).toBe("runs\n");
    await cluster.reset();
    expect(await cluster.machines.box.succeed("echo runs")).toBe("runs\n");
    await cluster.stop();
    expect(await used.lab.problems()).toEqual([]);
    const next = await used.lab.start(declaration);
    expect(next.origin.how).toBe("forked");
    await next.stop();
    expect(used.lab.notices).toHaveLength(said + 1);
  });
});

describe("a cluster that cannot be frozen runs as it booted, says why, and leaves nothing half-made", () => {
  async function expectUnfrozen(lab: LayerLab, notice: RegExp, options: ClusterOptions): Promise<Single> {
    const cluster = await lab.start(declaration, options);
    expect(cluster.origin).toEqual({ how: "booted", frozen: false });
    expect(cluster.forkRecipe).toBeUndefined();
    expect(lab.notices).toEqual([expect.stringMatching(notice)]);
    expect(await cluster.machines.box.succeed("echo $((6 * 7))")).toBe("42\n");
    expect(readdirSync(lab.root).filter((name) => !name.startsWith("."))).toEqual([]);
    expect(readdirSync(join(lab.root, ".work"))).toEqual([]);
    return cluster;
  }

  it("where its layer would be larger than all layers may be together", async () => {
    await using lab = await LayerLab.open();
    const layers = new LayerStore({ root: lab.root, limits: { maxBytes: 1 << 20 } });
    const notice =
      /^single was not frozen, so it will boot each time: it takes \d+ MiB and all layers together may have 1 MiB$/;
    const cluster = await expectUnfrozen(lab, notice, { layers });
    // Without a layer a reset is a boot.
    await cluster.machines.box.succeed("touch /tmp/before");
    await cluster.reset();
    await cluster.machines.box.fail("ls /tmp/before");
  });

  it("where QEMU says that a device of it cannot be carried over", async () => {
    await using lab = await LayerLab.open();
    const disk = ["-drive", "if=none,id=n,file=null-co://,format=raw", "-device", "nvme,drive=n,serial=n"];
    const notice = /^single was not frozen, so it will boot each time: box: non-migratable device: .*nvme$/;
    await expectUnfrozen(lab, notice, { processHost: withArguments(...disk) });
  });
});

/** Gives every QEMU a device that machines of ours do not have. */
function withArguments(...more: string[]): ProcessHost {
  const host = new LocalProcessHost();
  return {
    lease: async (request) => {
      const lease = await host.lease(request);
      const spawn: Lease["spawn"] = (one) =>
        lease.spawn(one.name.startsWith("qemu") ? { ...one, argv: [...one.argv, ...more] } : one);
      return { folder: lease.folder, spawn, release: () => lease.release() };
    },
  };
}
