import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { cluster, retry } from "vitest-machines";

describe("a machine's verbs", () => {
  const { it, server, client, cluster: lab } = cluster({ nodes: { server: {}, client: {} } });

  it("runs commands", async () => {
    // #region commands
    expect(await server.succeed("hostname")).toBe("server\n"); // stdout, unstripped
    await server.succeed("mkdir -p /srv/www", "echo hello > /srv/www/index.html");
    await server.fail("test -e /nothing");

    const { exitCode, signal, stdout, stderr, durationMs } = await server.execute("echo out; echo err >&2; exit 3");
    expect({ exitCode, signal, stdout, stderr }).toEqual({
      exitCode: 3,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(durationMs).toBeGreaterThanOrEqual(0);

    await server.succeed("cat > note", { stdin: "from the host\n", cwd: "/tmp", env: { LANG: "C" }, user: "root" });
    await Promise.all([server.succeed("sleep 1"), server.succeed("sleep 1")]); // at the same time
    // #endregion
  });

  it("kills what takes too long", async () => {
    // #region timeouts
    await expect(server.succeed("echo so far; sleep 60", { timeout: 1_000 })).rejects.toThrow("so far");
    await server.waitUntilSucceeds("test -e /tmp/note", { timeout: 30_000, attemptTimeout: 2_000 });
    // #endregion
  });

  it("waits", async () => {
    // #region waits
    await server.succeed("httpd -h /srv/www");
    await server.waitForOpenPort(80);
    await client.waitUntilSucceeds("wget -q -O - http://server/");

    await server.succeed("(sleep 1; touch /tmp/ready) >/dev/null 2>&1 &");
    await server.waitForFile("/tmp/ready");

    await server.succeed("echo 'job 7 finished' > /dev/console");
    const [, number] = await server.waitForConsoleText(/job (\d+) finished/);
    expect(number).toBe("7");
    // #endregion
  });

  it("tries again what no verb waits for", async () => {
    await server.succeed("mkdir -p /srv/www", "echo hello > /srv/www/index.html", "pidof httpd || httpd -h /srv/www");
    // #region retry
    const page = await retry(async () => {
      const answer = await client.fetch("http://server/");
      expect(answer.status).toBe(200);
      return answer.text();
    });
    expect(page).toBe("hello\n");
    // #endregion
  });

  it("lets something hold all the while", async () => {
    await server.succeed("mkdir -p /srv/www", "echo hello > /srv/www/index.html", "pidof httpd || httpd -h /srv/www");
    // #region condition
    await using serves = lab.pollingCondition("the server serves", () => server.succeed("wget -q -O - localhost"));
    await serves.wait({ timeout: 30_000 }); // until it holds for the first time
    await client.succeed("sleep 1"); // would end at once, with CONDITION_FAILED, if it did not any more
    // #endregion
  });

  it("reaches services from the host", async () => {
    await server.succeed("mkdir -p /srv/www", "echo hello > /srv/www/index.html", "pidof httpd || httpd -h /srv/www");
    // #region reach
    const page = await client.fetch("http://server/"); // as if the client called it
    expect(await page.text()).toBe("hello\n");

    const stream = await server.connect(80); // a Duplex, for any protocol
    stream.end("GET / HTTP/1.0\r\n\r\n");
    expect(await text(stream)).toContain("hello");

    await using door = await server.forward(80); // 127.0.0.1 and a free port
    expect((await fetch(`http://${door.host}:${door.port}/`)).status).toBe(200);
    // #endregion
  });

  it("has hands at the machine", async () => {
    // #region controls
    await server.block();
    await client.fail("ping -c1 -W1 server");
    await server.unblock();
    await client.waitUntilSucceeds("ping -c1 -W1 server");

    await server.sendConsole("\necho $((6 * 7)) answers\n"); // the tiny image has a shell there once Enter was pressed
    await server.waitForConsoleText(/42 answers/);
    await server.sendKey("ctrl-c");

    expect(await server.qmp("query-status")).toMatchObject({ status: "running" });
    const stopped = server.waitForQmpEvent("STOP");
    await server.sendMonitorCommand("stop");
    await stopped;
    await server.sendMonitorCommand("cont");
    // #endregion
  });

  it("follows a guest into another system", async () => {
    // #region reconnect
    await client.reconnect(() => client.execute("killall -9 agent; sleep 60")); // as an upgrade of the agent may do
    expect(await client.succeed("hostname")).toBe("client\n");
    // #endregion
  });

  it("adds a machine", { timeout: 60_000 }, async () => {
    // #region created
    await using extra = await lab.createMachine({ name: "extra", memory: "256M", kernelParams: ["debug"] });
    await extra.succeed("ping -c1 -W5 server");
    // #endregion
  });

  it("copies files and trees", async () => {
    const folder = await mkdtemp(join(tmpdir(), "guide "));
    // #region files
    await client.copyFromHost(import.meta.dirname, "/srv/example");
    await client.copyToHost("/srv/example", join(folder, "copy"));
    // #endregion
    expect(await readdir(join(folder, "copy"))).toContain("package.json");
    await rm(folder, { recursive: true });
  });

  it("switches machines off and on", async () => {
    // #region power
    await client.reboot();
    await client.shutdown(); // in order
    await client.start();
    await client.crash(); // the power is cut
    expect(client.isUp()).toBe(false);
    // #endregion
  });
});
