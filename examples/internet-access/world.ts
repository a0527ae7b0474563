import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";

/** Servers of this very host that play the internet: no packet leaves the host, so the test needs none. */
export interface World {
  /** Of a web server, at an address of the host that everybody could reach. */
  readonly site: { readonly address: string; readonly port: number };
  /** Of a web server on the host's loopback, which is nobody else's business. */
  readonly privatePort: number;
  /** Of a DNS server on the host's loopback, for which every name is the site's. */
  readonly dnsPort: number;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const cards = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const address = cards.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  if (address === undefined) throw new Error("the host has no address beside its loopback's");
  const site = createServer((_, response) => response.end("the internet\n")).listen(0, address);
  const own = createServer((_, response) => response.end("secrets\n")).listen(0, "127.0.0.1");
  const dns = createSocket("udp4").bind(0, "127.0.0.1");
  dns.on("message", (query, { port }) => dns.send(answer(query, address), port, "127.0.0.1"));
  await Promise.all([site, own, dns].map((server) => once(server, "listening")));
  return {
    site: { address, port: (site.address() as AddressInfo).port },
    privatePort: (own.address() as AddressInfo).port,
    dnsPort: dns.address().port,
    close: async () => {
      dns.close();
      await Promise.all([site, own].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** A DNS answer: the name has this IPv4 address and no IPv6 address. */
function answer(query: Buffer, address: string): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const isIPv4 = query.readUInt16BE(end - 4) === 1;
  const [header, question] = [Buffer.from(query.subarray(0, 12)), query.subarray(12, end)];
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isIPv4 ? 1 : 0, 6);
  header.fill(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]);
  return Buffer.concat([header, question, ...(isIPv4 ? [record] : [])]);
}
