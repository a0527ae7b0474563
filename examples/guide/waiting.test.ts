import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";

describe("waiting", () => {
  const { it, server, client } = cluster({ nodes: { server: {}, client: {} } });

  it("waits for what the next step needs", async () => {
    // #region services
    await server.succeed("mkdir -p /srv/www", "echo hello > /srv/www/index.html");
    await server.succeed("(sleep 0.5; exec httpd -f -h /srv/www) > /dev/null 2>&1 &"); // takes its time to start
    await server.waitForOpenPort(80);
    expect(await client.succeed("wget -q -O - http://server/")).toBe("hello\n");
    // #endregion
  });

  it("waits for what has happened, with what it saw", async () => {
    await server.succeed("echo 3 > /tmp/queue; (sleep 0.3; echo 0 > /tmp/queue) > /dev/null 2>&1 &");
    // #region result
    await server.waitUntilSucceeds('test "$(cat /tmp/queue)" = 0');
    await expect.poll(() => server.succeed("cat /tmp/queue"), { timeout: 10_000 }).toBe("0\n");
    // #endregion
  });

  it("says what it waited for", async () => {
    // #region failure
    const waiting = server.waitForOpenPort(4711, { timeout: 300 });
    await expect(waiting).rejects.toThrow(/port 4711 of localhost/);
    // #endregion
  });

  it("proves that nothing happens", async () => {
    // #region nothing
    await client.fail("ping -c 3 -W 1 198.51.100.1"); // three chances, no more
    // #endregion
  });

  // #region limits
  it("restarts twice", { timeout: 120_000 }, async () => {
    await server.reboot();
    await server.reboot();
    await server.succeed("true", { timeout: 5_000 });
  });
  // #endregion
});
