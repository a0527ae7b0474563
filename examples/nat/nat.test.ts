import { describe, expect } from "vitest";
import { cluster, debian, type Image } from "vitest-machines";

/** One system, which is installed once; each role starts what it needs. */
const role = (started: string[]): Image =>
  debian({
    packages: ["curl", "nftables", "vsftpd"],
    run: ["systemctl disable --quiet nftables vsftpd", ...started.map((unit) => `systemctl enable --quiet ${unit}`)],
  });

/** Reads along in FTP: rewrites the address that a client asks to be called back at, and lets the call in. */
const helper = `
table ip ftp {
  ct helper ftp {
    type "ftp" protocol tcp
  }
  chain prerouting {
    type filter hook prerouting priority filter;
    tcp dport 21 ct helper set "ftp"
  }
}
`;

const ftp = `
listen=YES
listen_ipv6=NO
anonymous_enable=YES
xferlog_enable=YES
secure_chroot_dir=/var/run/vsftpd/empty
`;

// client ── inside ── router ── outside ── server
describe("a router that translates addresses", () => {
  const { it, client, router, server } = cluster({
    networks: {
      inside: { ipv4: "192.168.1.0/24", ipv6: false },
      outside: { ipv4: "203.0.113.0/24", ipv6: false },
    },
    defaults: { memory: "192M" },
    nodes: {
      client: { image: role([]), vlans: ["inside"], routes: [{ to: "default", via: "192.168.1.2" }] },
      router: {
        image: role([]),
        vlans: ["inside", "outside"],
        router: true,
        files: { "/etc/ftp.nft": helper },
      },
      // Knows no way to the inside: whatever it answers goes to somebody on its own network.
      server: {
        image: role(["vsftpd"]),
        files: { "/etc/vsftpd.conf": ftp, "/srv/ftp/hello": "hello\n" },
        vlans: ["outside"],
        ready: { port: 21 },
      },
    },
    reset: "test",
  });

  const passive = "curl --silent --show-error --connect-timeout 5 ftp://server/hello";
  const active = `${passive} --ftp-port -`;

  it("lets the client reach the server, which sees the router alone", async () => {
    await Promise.all([client.succeed("ping -c1 router"), router.succeed("ping -c1 client")]);
    await Promise.all([client.succeed("ping -c1 server"), router.succeed("ping -c1 server")]);
    expect(await client.succeed(passive)).toBe("hello\n");
    expect(await server.succeed("cat /var/log/vsftpd.log")).toContain('Client "203.0.113.2"');
    await server.fail("grep 192.168.1.1 /var/log/vsftpd.log");
    await server.fail("ping -c1 -W1 client");
  });

  it("is what the client needs: without translation nothing comes back", async () => {
    await router.succeed("nft delete table inet vitest_machines");
    await client.fail("ping -c1 -W2 server");
    await client.fail(passive);
    await router.succeed("ping -c1 server");
  });

  it("lets the server call back, as active FTP wants it, when it reads along", async () => {
    // The client names the address that it has inside, which the server does not accept.
    expect(await client.execute(active)).toMatchObject({ exitCode: 30 });

    await router.succeed("modprobe nf_nat_ftp", "nft --file /etc/ftp.nft");
    expect(await client.succeed(active)).toBe("hello\n");
  });
});
