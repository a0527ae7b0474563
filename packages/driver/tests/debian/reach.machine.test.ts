import { debian } from "@vitest-machines/images";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createConnection } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster } from "../../src/index.ts";
import { startWorld } from "../support/a-world.ts";
import { messageOf, useCluster } from "../support/use-cluster.ts";

/** A service on a unix socket and on a port that sends back what it is sent. */
const echo = (address: string): string =>
  `[Unit]\nConditionPathExists=!/nowhere\n[Socket]\nListenStream=${address}\nAccept=yes\n[Install]\nWantedBy=sockets.target\n`;
const cat = "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n";
const image = debian({
  // What the other tests on Debian install, too: that takes a minute.
  packages: ["nginx-light", "openssl"],
  files: {
    "/etc/nginx/conf.d/tls.conf":
      "server { listen 443 ssl; ssl_certificate /etc/tls.pem; ssl_certificate_key /etc/tls.key; return 200 secret; }\n",
  },
  run: [
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=server" +
      " -addext subjectAltName=DNS:server -keyout /etc/tls.key -out /etc/tls.pem",
  ],
  units: {
    "echo.socket": echo("/run/echo"),
    "echo@.service": cat,
    "tcp-echo.socket": echo("127.0.0.1:7777"),
    "tcp-echo@.service": cat,
  },
});
const world = await startWorld();
afterAll(() => world[Symbol.asyncDispose]());
const users = { alice: { password: "Sesam-7" } };
const lab = useCluster({ nodes: { server: { image, users, internet: { dns: world.dns } }, client: {} } });

describe("host code meets guest services", () => {
  it("by a stream to a port, to a port of another machine, and to a unix socket", async () => {
    const sent = randomBytes(3_000_000);
    for (const target of [7777, { port: 7777 }, "/run/echo"]) {
      const stream = await lab.machine("server").connect(target);
      stream.end(sent);
      expect((await buffer(stream)).equals(sent)).toBe(true);
    }
    const page = await lab.machine("client").connect({ host: "server", port: 80 });
    page.end("GET / HTTP/1.0\r\n\r\n");
    expect(await text(page)).toContain("Welcome to nginx!");
    await lab.machine("server").waitForOpenUnixSocket("/run/echo");
  });

  it("by fetch, with names as the machine knows them", async () => {
    const here = await lab.machine("server").fetch("http://localhost/");
    expect(here.status).toBe(200);
    expect(await here.text()).toContain("Welcome to nginx!");
    const there = await lab.machine("client").fetch("http://server/nothing");
    expect([there.status, there.headers.get("server")]).toEqual([404, expect.stringContaining("nginx")]);
    await there.body?.cancel();
    const posted = await lab.machine("client").fetch("http://server/", { method: "POST", body: "x" });
    expect(posted.status).toBe(405);
    await posted.body?.cancel();
  });

  it("by fetch over https, when somebody vouches for the service's certificate and its name", async () => {
    const [server, client] = [lab.machine("server"), lab.machine("client")];
    const ca = await server.succeed("cat /etc/tls.pem");
    const page = await client.fetch("https://server/", { ca });
    expect([page.status, await page.text()]).toEqual([200, "secret"]);
    const both = await client.fetch("https://server/", { ca: [rootCertificates[0]!, ca], method: "HEAD" });
    expect(both.status).toBe(200);

    const at = "CONNECTION_FAILED: client: no TLS connection to port";
    expect(await messageOf(client.fetch("https://server/"))).toContain(
      `${at} 443 of server: self-signed certificate. \`ca\` names authorities to trust beside Node's own.`,
    );
    expect(await messageOf(client.fetch("https://192.168.1.2/", { ca }))).toMatch(
      `${at} 443 of 192.168.1.2: Hostname/IP does not match certificate's altnames: IP: 192.168.1.2 is not in`,
    );
    expect(await messageOf(client.fetch("https://server:80/", { ca }))).toMatch(/port 80 of server: .*wrong version/);
    expect(await messageOf(client.fetch("https://server/", { ca: "/etc/tls.pem" }))).toContain(
      'DECLARATION_INVALID: ca: "/etc/tls.pem" is not a certificate.\nValid: the text of a PEM file',
    );
  });

  it("by a port of the host's loopback, for clients that insist on one, until it is closed", async () => {
    const door = await lab.machine("server").forward(80);
    const page = await fetch(`http://${door.host}:${door.port}/`);
    expect(await page.text()).toContain("Welcome to nginx!");
    const lines = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`http://127.0.0.1:${door.port}/`)).status),
    );
    expect(new Set(lines)).toEqual(new Set([200]));
    await door.close();
    const [error] = (await once(createConnection(door.port, door.host), "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  it("says what does not answer", async () => {
    const { connect } = { connect: (target: number | string) => messageOf(lab.machine("server").connect(target)) };
    expect(await connect(9)).toMatch(/^CONNECTION_FAILED: server: no connection to port 9 of localhost: .*refused/);
    expect(await connect("/run/nothing")).toMatch(/^CONNECTION_FAILED: server: no connection to \/run\/nothing: /);
    expect(await connect("run")).toContain('DECLARATION_INVALID: target: "run" is not the path of a socket.');
    expect(await connect(70_000)).toContain("70000 is not a port");
    expect(await messageOf(lab.machine("server").fetch("http://localhost:8999/"))).toContain("CONNECTION_FAILED");
    await using door = await lab.machine("server").forward(8999);
    expect((await fetch(`http://127.0.0.1:${door.port}/`).catch((error: unknown) => error)) instanceof Error).toBe(
      true,
    );
  });
});

describe("QEMU's controls", () => {
  it("pull cables, and plug them in again", async () => {
    const [server, client] = [lab.machine("server"), lab.machine("client")];
    await server.block();
    await client.fail("ping -c1 -W1 server");
    await server.waitUntilSucceeds("ip -o link show eth1 | grep -q NO-CARRIER", { timeout: 10_000 });
    await server.unblock();
    await client.waitUntilSucceeds("ping -c1 -W1 server", { timeout: 20_000 });
  });

  it("answer over QMP and in the monitor, and tell of events", async () => {
    const server = lab.machine("server");
    expect(await server.qmp("query-name")).toEqual({ name: "server" });
    expect(await server.sendMonitorCommand("info version")).toMatch(/^\d+\.\d+/);
    expect(await messageOf(server.qmp("no-such-command"))).toContain("QMP_FAILED");
    const stopped = server.waitForQmpEvent("STOP", { timeout: 10_000 });
    const resumed = server.waitForQmpEvent(({ event }) => event === "RESUME", { timeout: 10_000 });
    await server.qmp("stop");
    await server.qmp("cont");
    expect((await stopped).event).toBe("STOP");
    await resumed;
    expect(await messageOf(server.waitForQmpEvent("NEVER", { timeout: 100 }))).toMatch(
      /waited 0\.\d s for the QMP event NEVER, in vain\.\nLast seen: no event came/,
    );
  });

  it("type into the serial console, where a shell is", async () => {
    const server = lab.machine("server");
    await server.sendConsole("\necho $((6 * 7))-typed\n");
    await server.waitForConsoleText(/42-typed/, { timeout: 20_000 });
  });
});

describe("a door to a guest", () => {
  let cluster: Cluster;
  let port: number;
  beforeAll(async () => {
    cluster = await Cluster.start({ nodes: { box: {} } });
    ({ port } = await cluster.machines["box"]!.forward(80));
  });

  it("is shut when the cluster stops", async () => {
    await cluster.stop();
    const [error] = (await once(createConnection(port, "127.0.0.1"), "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });
});

it("a Debian machine with internet has a resolver and a way out, and networkd is told of the same by DHCP", async () => {
  const server = lab.machine("server");
  expect(await server.succeed("cat /etc/resolv.conf", "ip route show default")).toBe(
    "nameserver 10.0.2.3\ndefault via 10.0.2.2 dev eth0 proto static \n",
  );
  const visit = async (path: string): Promise<void> => {
    const get = `printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3; tail -n1 <&3`;
    expect(await server.succeed(`bash -c "exec 3<>/dev/tcp/example.test/${world.open.http}; ${get}"`)).toBe("open\n");
    expect(new Set(world.takeVisits())).toEqual(new Set(["dns", `open http ${path}`]));
  };
  await visit("/before");

  await server.succeed("printf '[Match]\\nName=eth0\\n[Network]\\nDHCP=ipv4\\n' > /etc/systemd/network/eth0.network");
  await server.succeed("systemctl start systemd-networkd.service");
  await server.waitUntilSucceeds("ls /run/systemd/netif/leases/*");
  const lease = await server.succeed("cat /run/systemd/netif/leases/*");
  for (const line of ["ADDRESS=10.0.2.15", "ROUTER=10.0.2.2", "DNS=10.0.2.3"])
    expect(lease.split("\n")).toContain(line);
  await server.waitUntilSucceeds("ip route show default | grep 'proto dhcp'");
  await visit("/after");
});

it("a keyboard reaches a login, and what stands on its screen is read", async () => {
  const server = lab.machine("server");
  const patient = { timeout: 30_000 };
  await server.sendKey("ret");
  await server.waitUntilTtyMatches(1, /server login: /, patient);
  await server.sendChars("alice\n");
  await server.waitUntilTtyMatches(1, /Password: /, patient);
  await server.sendChars("Sesam-7\n");
  const [prompt] = await server.waitUntilTtyMatches(1, /alice@server:.*/, patient);
  expect(prompt).toContain("$");
  await server.sendChars('echo "$((6 * 7))" > /tmp/typed; exit\n');
  await server.waitForFile("/tmp/typed", patient);
  expect(await server.succeed("cat /tmp/typed")).toBe("42\n");
  await server.dumpTtyContents(1);
});
