import { describe, expect } from "vitest";
import { cluster, type Machine } from "vitest-machines";
import * as image from "./images.ts";

// tracker ─┐
//          ├─ outside ── router ── inside ── client1
// client2 ─┘            (NAT, UPnP)

/** Where Debian's transmission puts what it has got. */
const downloads = "/var/lib/transmission-daemon/downloads";
const port = 51413;
const patient = { timeout: 120_000 };

/** Begins to fetch the file. */
const fetchFile = (machine: Machine): Promise<string> =>
  machine.succeed("transmission-remote --add http://tracker/file.torrent");

/** Waits until the file is there as a whole, which is when it loses its ending `.part`, and compares it with the original. */
const hasFile = async (machine: Machine): Promise<void> => {
  await machine.waitForFile(`${downloads}/file`, patient);
  await machine.succeed(`curl --silent --show-error --fail http://tracker/file | cmp - ${downloads}/file`);
};

describe("a peer behind a NAT router", () => {
  const { it, tracker, router, client1, client2 } = cluster({
    networks: {
      // A router takes no private address for the way out, so this one looks public.
      outside: { ipv4: "80.100.100.0/24", ipv6: false },
      inside: { ipv4: "192.168.3.0/24", ipv6: false },
    },
    defaults: { memory: "192M" },
    nodes: {
      tracker: { image: image.tracker, interfaces: { eth1: { network: "outside", addresses: ["80.100.100.3/24"] } } },
      client2: { image: image.outsider, interfaces: { eth1: { network: "outside", addresses: ["80.100.100.2/24"] } } },
      router: {
        image: image.router,
        interfaces: {
          outer: { network: "outside", addresses: ["80.100.100.1/24"] },
          inner: { network: "inside", addresses: ["192.168.3.1/24"] },
        },
        forwarding: true,
      },
      client1: {
        image: image.insider,
        interfaces: { eth1: { network: "inside", addresses: ["192.168.3.2/24"] } },
        routes: [{ to: "default", via: "192.168.3.1" }],
      },
    },
    prepare: {
      key: "torrent-2",
      run: async ({ tracker }) => {
        await tracker.succeed(
          "head --bytes 2M /dev/urandom > /var/www/html/file",
          "cd /var/www/html && transmission-create --private --tracker http://tracker:6969/announce --outfile file.torrent file",
          "chmod a+r /var/www/html/*",
          // Debian's tracker serves those on its list.
          "transmission-show /var/www/html/file.torrent | sed -n 's/.*Hash: //p' > /etc/opentracker/whitelist.txt",
        );
        await tracker.systemctl("restart opentracker.service");
        await tracker.waitForOpenPort(6969);
        await tracker.succeed("transmission-remote --add /var/www/html/file.torrent --download-dir /var/www/html");
        await tracker.waitUntilSucceeds(
          "transmission-remote --torrent 1 --info-trackers | grep 'had 1 seeder'",
          patient,
        );
      },
    },
    reset: "test",
  });

  /** The peer inside has the file, and nobody else gives it. */
  const fileIsInside = async (): Promise<void> => {
    await fetchFile(client1);
    await hasFile(client1);
    await tracker.succeed("transmission-remote --torrent 1 --stop");
  };

  it("gets a file from outside", async () => {
    await fetchFile(client1);
    await hasFile(client1);
  });

  it("gives it to nobody outside, since nobody reaches it", async () => {
    await fileIsInside();
    await client1.waitForOpenPort(port);
    await expect(client2.connect({ host: "router", port })).rejects.toThrow("CONNECTION_FAILED");

    await router.succeed("nft reset counter inet filter knocks");
    await fetchFile(client2);
    // The tracker has told client2 of client1 by the router's address, and it has knocked there.
    await router.waitUntilSucceeds("nft list counter inet filter knocks | grep 'packets [1-9]'", patient);
    await client2.fail(`test -e ${downloads}/file`);
  });

  it("gives it to those outside through a port that it asks the router for by UPnP", async () => {
    await fileIsInside();
    await client1.succeed("transmission-remote --portmap");
    await router.waitUntilSucceeds("nft list ruleset | grep 'dnat ip to 192.168.3.2:51413'", patient);
    await fetchFile(client2);
    await hasFile(client2);

    await client1.succeed("transmission-remote --no-portmap");
    await router.waitUntilFails("nft list ruleset | grep dnat", patient);
  });
});
