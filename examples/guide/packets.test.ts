import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";

describe("packets", () => {
  // #region declared
  const office = cluster({
    networks: { lan: { ipv4: "10.1.0.0/16" }, wan: {} },
    nodes: {
      client: { vlans: ["lan"], routes: [{ to: "default", via: "10.1.0.2" }] },
      router: { vlans: ["lan", "wan"], forwarding: true },
    },
    capture: true, // pcapng files, when a test fails
  });
  const { it, client, router } = office;
  const { network } = office.cluster;
  // #endregion

  // #region none
  it("keeps DNS inside", async () => {
    await using capture = await network.capture();
    await client.fail("nslookup example.org router"); // nobody answers there
    expect(await capture.all({ network: "lan", protocol: "dns", to: router })).not.toEqual([]);
    expect(await capture.all({ network: "wan", protocol: ["dns", "mdns"] })).toEqual([]);
  });
  // #endregion

  // #region live
  it("answers pings", async () => {
    const pinging = client.succeed("ping -c3 router");
    for await (const packet of network.packets({ protocol: "icmp", from: "router" })) {
      expect(packet).toMatchObject({ to: "client", icmp: { type: 0 } });
      break; // nothing is recorded any more
    }
    await pinging;
  });
  // #endregion

  // #region lost
  it("shows what did not arrive", async () => {
    await using capture = await network.capture({ networks: ["lan"] });
    await network.link("router", "lan").down();
    await client.fail("ping -c1 -W1 router");
    expect(await capture.timeline()).toContain("not seen at router");
  });
  // #endregion
});
