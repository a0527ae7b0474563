import { describe, expect } from "vitest";
import { cluster, debian } from "vitest-machines";

/** Lets in nothing but pings, and what belongs to conversations that the server has begun. */
const firewall = `
flush ruleset
table inet filter {
  set open { type inet_service; }
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport @open accept
  }
}
`;

describe("nginx behind a firewall", () => {
  // #region cluster
  const { it, server, client } = cluster({
    nodes: {
      server: {
        image: debian({
          packages: ["nginx-light", "nftables"],
          files: { "/etc/nftables.conf": { content: firewall, mode: 0o755 } },
          run: ["systemctl enable nftables.service"],
        }),
      },
      client: {},
    },
    // Every test starts with the port closed.
    reset: "test",
  });
  // #endregion
  const fetchPage = "wget -q -O - http://server/";

  it("is up, and out of reach while its port is closed", async () => {
    await server.waitForUnit("nginx.service");
    await server.waitForUnit("nftables.service");
    await client.succeed("ping -c1 server");
    await client.fail(`timeout 2 ${fetchPage}`);
  });

  it("serves its page as soon as port 80 is open", async () => {
    await server.succeed("nft add element inet filter open '{ 80 }'");
    expect(await client.succeed(fetchPage)).toContain("Welcome to nginx!");
  });

  it("is out of reach again when the firewall is reloaded", async () => {
    await server.succeed("nft add element inet filter open '{ 80 }'");
    await client.succeed(fetchPage);
    await server.succeed("systemctl reload nftables.service");
    await client.fail(`timeout 2 ${fetchPage}`);
  });
});
