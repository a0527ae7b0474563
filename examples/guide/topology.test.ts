import { describe } from "vitest";
import { cluster } from "vitest-machines";

describe("a small office", () => {
  // #region office
  const { it, laptop } = cluster({
    networks: { lan: { ipv4: "10.1.0.0/16" }, dmz: { ipv4: "203.0.113.0/24", ipv6: false } },
    defaults: { memory: "96M" },
    nodes: {
      gateway: { vlans: ["lan", "dmz"], forwarding: true },
      laptop: { vlans: ["lan"], routes: [{ to: "default", via: "10.1.0.1" }] },
      printer: { vlans: ["lan"] },
      web: { vlans: ["dmz"], routes: [{ to: "10.1.0.0/16", via: "203.0.113.1" }] },
    },
  });
  // #endregion

  it("reaches its web server", () => laptop.succeed("ping -c1 web"));
});
