import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { expect, it } from "vitest";
import type { Cluster } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";
import { messageOf } from "../../support/use-cluster.ts";

const used = useLayerLab();
const nodes = { web: { forwardPorts: [80, 81] }, other: {} };
const page = async ({ port }: { port: number }): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).text();
const serve = ({ web }: Cluster<typeof nodes>["machines"], text: string): Promise<string> =>
  web.succeed(`mkdir -p /srv/${text}; echo ${text} > /srv/${text}/index.html; httpd -p 80 -h /srv/${text}`);

/** A port that was free a moment ago. */
async function aPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

it("leads to the guest from the start on, to services that come later, after a reset and after a restart", async () => {
  const cluster = await used.lab.start({ nodes });
  const { web } = cluster.machines;
  const address = web.forwarded(80);
  expect(address.host).toBe("127.0.0.1");
  expect(web.forwarded(81).port).not.toBe(address.port);
  await expect(page(address)).rejects.toThrow("fetch failed");
  await serve(cluster.machines, "first");
  expect(await page(address)).toBe("first\n");

  await cluster.checkpoint("served");
  await cluster.reset();
  await expect(page(address)).rejects.toThrow("fetch failed");
  expect(web.forwarded(80)).toEqual(address);
  await cluster.restore("served");
  expect(await page(address)).toBe("first\n");

  await web.crash();
  await expect(page(address)).rejects.toThrow("fetch failed");
  await web.start();
  // A client that comes while it boots waits for it; then nobody serves any more.
  await expect(page(address)).rejects.toThrow("fetch failed");
  await serve(cluster.machines, "second");
  expect(await page(address)).toBe("second\n");
  await cluster.stop();
  await expect(page(address)).rejects.toThrow("fetch failed");
});

it("takes the port that it is told to, and other ports make no other layer", async () => {
  const port = await aPort();
  const cluster = await used.lab.start({ nodes: { ...nodes, web: { forwardPorts: { [port]: 80 } } } });
  expect(cluster.origin.how).toBe("forked");
  expect(cluster.machines.web.forwarded(80).port).toBe(port);
  await serve(cluster.machines, "here");
  expect(await page({ port })).toBe("here\n");
  expect(() => cluster.machines.web.forwarded(81)).toThrow("web has no port 81 in its `forwardPorts`");
  expect(() => cluster.machines.other.forwarded(80)).toThrow("It has none.");
  await cluster.stop();
});

it("a port that is in use is told before anything boots", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const before = used.lab.events.filter(({ type }) => type === "machine-phase").length;
  const text = await messageOf(used.lab.start({ nodes: { web: { forwardPorts: { [port]: 80 } } }, layers: false }));
  expect(text).toMatch(`PORT_UNAVAILABLE: web: port ${port} of 127.0.0.1 cannot lead to it: it is in use.`);
  expect(used.lab.events.filter(({ type }) => type === "machine-phase")).toHaveLength(before);
  server.close();
});

it("turns every client away whose service is not there, whenever it notices", async () => {
  const cluster = await used.lab.start({ nodes });
  const address = cluster.machines.web.forwarded(81);
  for (let count = 0; count < 50; count++) await expect(page(address)).rejects.toThrow("fetch failed");
  await cluster.machines.web.crash();
  for (let count = 0; count < 50; count++) await expect(page(address)).rejects.toThrow("fetch failed");
  await cluster.stop();
});
