import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect } from "vitest";
import { cluster } from "vitest-machines";

/** Serves on the host's loopback while this file runs. */
async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe("the internet switch", () => {
  // #region switch
  const { it, inside, outside } = cluster({
    nodes: {
      inside: {}, // reaches the machines of its cluster, and nothing else
      outside: { internet: true }, // reaches what the host reaches, but not the host's loopback
    },
  });

  it("is off unless a machine declares it", async () => {
    expect(await inside.succeed("ip route")).not.toContain("default");
    expect(await outside.succeed("ip route")).toContain("default via 10.0.2.2 dev eth0");
    await outside.succeed("ping -c1 inside");
  });
  // #endregion
});

const registryPort = await serve((request, response) => response.end(`here is ${request.url}\n`));
const proxyPort = await serve((request, response) => response.end(`fetched ${request.url}\n`));

describe("services on the host's loopback", () => {
  // #region services
  const { it, installer } = cluster({
    nodes: { installer: { hostServices: { registry: registryPort, proxy: proxyPort } } }, // 5000, 3128, for example
  });

  it("are reached by name, without internet", async () => {
    const page = await installer.succeed(`wget -q -O - http://registry:${registryPort}/left-pad`);
    expect(page).toBe("here is /left-pad\n");
  });
  // #endregion

  // #region proxy
  it("may be a proxy, for programs that know of it", async () => {
    const env = { http_proxy: `http://proxy:${proxyPort}` };
    const file = await installer.succeed("wget -q -O - http://example.com/file", { env });
    expect(file).toBe("fetched http://example.com/file\n");
  });
  // #endregion
});
