import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Cluster, Packet } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";
import { messageOf } from "../../support/use-cluster.ts";

const used = useLayerLab();

const declaration = {
  name: "packets",
  networks: { lan: {}, wan: {} },
  nodes: { client: { vlans: ["lan"] }, router: { vlans: ["lan", "wan"] }, server: { vlans: ["wan", "lan"] } },
} as const;

let cluster: Cluster<typeof declaration.nodes>;
const trace = (): string => join(used.lab.folder, "trace");
beforeAll(async () => {
  cluster = await used.lab.start(declaration, { traceFolder: trace() });
});

/** Taps that QEMU has now. */
const taps = async (): Promise<string[]> => {
  const found = Object.values(cluster.machines).map((machine) =>
    machine.qmp<{ name: string }[]>("qom-list", { path: "/objects" }),
  );
  return (await Promise.all(found)).flat().flatMap(({ name }) => (name.startsWith("tap") ? [name] : []));
};

describe("a capture", () => {
  afterEach(async () => expect(await taps()).toEqual([]));

  it("has what was sent since its beginning, at the times of the host's clock", async () => {
    const { client } = cluster.machines;
    await client.succeed("ping -c1 -W5 server");
    const before = Date.now();
    await using capture = await cluster.network.capture();
    await client.succeed("ping -c2 -i0.2 -W5 server", "echo question | nc -u -w1 server 53 || true");
    const after = Date.now();
    const echoes = await capture.all({ protocol: "icmp" });
    expect(echoes.map(({ from, to, icmp }) => [from, to, icmp?.type])).toEqual([
      ...[
        ["client", "server", 8],
        ["server", "client", 0],
        ["client", "server", 8],
        ["server", "client", 0],
      ],
    ]);
    expect(echoes[0]).toMatchObject({ network: "lan", machine: "client", interface: "eth1", direction: "out" });
    // Each at both cards: what is asked is sent, arrives, is answered, and the answer arrives.
    const both = await capture.all({ protocol: "icmp", direction: "both" });
    const first = both.slice(0, 4).map(({ machine, direction, time }) => ({ at: `${machine} ${direction}`, time }));
    const way = ["client out", "server in", "server out", "client in"];
    expect(first.map(({ at }) => at).toSorted()).toEqual(way.toSorted());
    const times = way.map((place) => first.find(({ at }) => at === place)?.time ?? 0);
    // Two machines' clocks are known to some tenths of a millisecond, and on a busy host to some more.
    for (const [index, time] of times.entries()) expect(time).toBeGreaterThan((times[index - 1] ?? 0) - 3);
    for (const { time } of both) expect(time).toSatisfy((one: number) => one >= before - 2 && one <= after + 2);
    expect(await capture.all({ network: "wan", protocol: "icmp" })).toEqual([]);
  });

  it("tells of what was sent and did not arrive", async () => {
    const { client, server } = cluster.machines;
    await client.succeed("ping -c1 -W5 server");
    await using capture = await cluster.network.capture({ networks: ["lan"], filter: { protocol: "icmp" } });
    await cluster.network.link("server", "lan").down();
    await client.fail("ping -c1 -W1 server");
    await cluster.network.link("server", "lan").up();
    expect(await capture.timeline()).toMatch(
      /^lan, icmp: client ↔ server \(1 packet, 1 lost\)\n +\d\.\d{4} s {2}client → server {2}icmp echo request 0 {2}— not seen at server$/,
    );
    expect(await messageOf(capture.all({ network: "wan" }))).toMatch(
      /filter.network: "wan" is not captured.\nValid: "lan"\./,
    );
    expect(await capture.all({ machine: server })).toEqual([]);
  });

  it("goes on over a checkpoint, a return to it, and with machines that are added", async () => {
    const { client } = cluster.machines;
    await using capture = await cluster.network.capture({ networks: ["lan"] });
    // Longer than those by which a cluster proves its links when it is frozen and forked.
    const echoes = async (): Promise<Packet[]> =>
      (await capture.all({ protocol: "icmp", from: client })).filter(({ length }) => length === 242);
    await client.succeed("ping -c1 -s200 -W5 server");
    expect(await echoes()).toHaveLength(1);
    await cluster.checkpoint("captured");
    await client.succeed("ping -c1 -s200 -W5 server");
    expect(await echoes()).toHaveLength(2);
    await cluster.restore("captured");
    await client.succeed("ping -c1 -s200 -W5 server");
    {
      await using extra = await cluster.createMachine({ name: "extra", vlans: ["lan"] });
      await extra.succeed("ping -c1 -W5 client");
      expect(await capture.all({ protocol: "icmp", from: "extra" })).toMatchObject([
        { machine: "extra", to: "client" },
      ]);
    }
    const all = await echoes();
    expect(all).toHaveLength(3);
    const times = (await capture.all({ direction: "both" })).map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("that was stopped has what it had", async () => {
    const { client } = cluster.machines;
    const capture = await cluster.network.capture();
    await client.succeed("ping -c1 -W5 server");
    await capture.stop();
    expect(await taps()).toEqual([]);
    await client.succeed("ping -c1 -W5 server");
    expect(await capture.all({ protocol: "icmp", from: client })).toHaveLength(1);
    const packets: Packet[] = [];
    for await (const packet of capture.packets({ protocol: "icmp" })) packets.push(packet);
    expect(packets.map(({ from }) => from)).toEqual(["client", "server"]);
    const file = join(used.lab.folder, "icmp.pcapng");
    await capture.save(file, { protocol: "icmp" });
    expect((await readFile(file)).subarray(0, 4).toString("hex")).toBe("0a0d0d0a");
  });
});

describe("packets", () => {
  it("come while machines send them, until the loop is left", async () => {
    const { client, router } = cluster.machines;
    const seen: string[] = [];
    const pinging = client.succeed("ping -c20 -i0.3 -W5 router");
    for await (const packet of cluster.network.packets({ protocol: "icmp", timeout: 60_000 })) {
      seen.push(`${packet.from} ${packet.icmp?.echo?.sequence}`);
      if (seen.length === 4) break;
    }
    const [first] = seen.map((one) => Number(one.split(" ")[1]));
    expect(seen).toEqual(
      [0, 1].flatMap((more) => ["client", "router"].map((name) => `${name} ${(first ?? 0) + more}`)),
    );
    expect(await taps()).toEqual([]);
    await pinging;
    expect(router.isUp()).toBe(true);
  });

  it("that do not come are waited for in vain, and it is told what came", async () => {
    const { client } = cluster.machines;
    const pinging = client.succeed("ping -c3 -i0.3 -W5 router");
    const message = await messageOf(cluster.network.packets({ protocol: "dns", timeout: 1500 }).next());
    expect(message).toMatch(/^WAIT_TIMEOUT: waited 1\.\d s for a packet with {"protocol":"dns"}, in vain\.\n/);
    expect(message).toContain("client → router  icmp echo request");
    await pinging;
    const signal = AbortSignal.timeout(100);
    expect(await messageOf(cluster.network.packets({ protocol: "dns", signal }).next())).toMatch(/^ABORTED: /);
  });

  it("are refused at once when nobody can mean them", () => {
    expect(() => cluster.network.packets({ from: "nobody" })).toThrow('filter.from: "nobody" is nobody');
  });
});

describe("a cluster that is declared to capture", () => {
  it("forks the layer of one that is not, leaves a file for each network, and nothing else", async () => {
    const traceFolder = join(used.lab.folder, "declared");
    const own = await used.lab.start(
      { ...declaration, capture: { onFailure: false, filter: { protocol: "ipv4" } } },
      { traceFolder },
    );
    expect(own.origin.how).toBe("forked");
    await own.machines.client.succeed("ping -c1 -s200 -W5 router");
    await own.stop();
    const entries = await readFile(join(traceFolder, "trace.jsonl"), "utf8");
    for (const network of ["lan", "wan"]) {
      const file = join(traceFolder, "packets", `${network}.pcapng`);
      expect(entries).toContain(JSON.stringify({ type: "packets", file }).slice(1, -1));
      const bytes = await readFile(file, "latin1");
      expect(bytes).toContain("router eth");
      // The question and its answer, each at both cards; their IP headers say 228 bytes.
      expect(bytes.split("\x08\x00\x45\x00\x00\xe4").length - 1).toBe(network === "lan" ? 4 : 0);
    }
    expect(existsSync(join(traceFolder, "packets.raw"))).toBe(false);
  });

  it("leaves nothing when all is well", async () => {
    const traceFolder = join(used.lab.folder, "well");
    const own = await used.lab.start({ ...declaration, capture: true }, { traceFolder });
    const capture = await own.network.capture();
    await own.stop();
    expect((await readdir(traceFolder)).join(" ")).not.toContain("packets");
    await expect(capture.all()).rejects.toThrow("packets cannot be looked at: their cluster was stopped.");
  });
});
