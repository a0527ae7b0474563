import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";

/**
 * What plays the internet: servers of this process, on the host's own address, where everybody could reach them, and on its
 * loopback, where only the host can. No packet for them leaves the host.
 */
export interface World extends AsyncDisposable {
  /** An address of the host that is not its loopback's. */
  readonly address: string;
  /** For HTTP and for UDP, at `address`. */
  readonly open: { readonly http: number; readonly udp: number };
  /** For HTTP and for UDP, at 127.0.0.1. */
  readonly own: { readonly http: number; readonly udp: number };
  /** Of a DNS server at 127.0.0.1, to which every name is `address`. */
  readonly dns: number;
  /** Who came since this was called last: `open http /path`, `own udp word`, `dns`. */
  takeVisits(): string[];
}

export async function startWorld(): Promise<World> {
  const address = hostAddress();
  const visits: string[] = [];
  const http = async (where: string, host: string): Promise<Server> => {
    const server = createServer(({ url }, response) => {
      visits.push(`${where} http ${url}`);
      response.end(`${where}\n`);
    });
    server.listen(0, host);
    await once(server, "listening");
    return server;
  };
  const udp = async (onMessage: (text: Buffer) => Buffer, host: string): Promise<UdpSocket> => {
    const socket = createSocket("udp4");
    socket.on("message", (message, from) => socket.send(onMessage(message), from.port, from.address));
    socket.bind(0, host);
    await once(socket, "listening");
    return socket;
  };
  const note = (text: string, answer: Buffer): Buffer => (visits.push(text), answer);
  const echo = (where: string) => (message: Buffer) =>
    note(`${where} udp ${/\w+/.exec(message.toString())?.[0]}`, Buffer.from(`${where}\n`));
  const sites = await Promise.all([http("open", address), http("own", "127.0.0.1")]);
  const sockets = await Promise.all([
    udp(echo("open"), address),
    udp(echo("own"), "127.0.0.1"),
    udp((query) => note("dns", answerTo(query, address)), "127.0.0.1"),
  ]);
  const [openHttp, ownHttp] = sites.map(portOf) as [number, number];
  const [openUdp, ownUdp, dns] = sockets.map(portOf) as [number, number, number];
  return {
    address,
    open: { http: openHttp, udp: openUdp },
    own: { http: ownHttp, udp: ownUdp },
    dns,
    takeVisits: () => visits.splice(0),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.close();
      for (const site of sites) site.closeAllConnections();
      await Promise.all(sites.map((site) => new Promise((resolve) => site.close(resolve))));
    },
  };
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

function hostAddress(): string {
  const cards = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = cards.find(({ family, internal }) => family === "IPv4" && !internal);
  if (!own) throw new Error("this host has no address beside its loopback's, to play the internet at");
  return own.address;
}

/** Every name is at `address`, and has no IPv6 address. */
function answerTo(query: Buffer, address: string): Buffer {
  const header = Buffer.from(query.subarray(0, 12));
  let end = 12;
  while ((query[end] ?? 0) !== 0) end += (query[end] ?? 0) + 1;
  const question = query.subarray(12, end + 5);
  const isAddress = query.readUInt16BE(end + 1) === 1;
  header.writeUInt16BE(0x8180, 2);
  [1, isAddress ? 1 : 0, 0, 0].forEach((count, index) => header.writeUInt16BE(count, 4 + index * 2));
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]);
  return Buffer.concat([header, question, ...(isAddress ? [answer] : [])]);
}
