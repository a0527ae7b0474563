import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { cluster } from "vitest-machines";

describe("a web server and a client", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "example http "));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const { it, server, client } = cluster({ nodes: { server: {}, client: {} } });

  it("serves a page from the host to the client, and the client's copy comes back", async () => {
    const page = join(folder, "index.html");
    await writeFile(page, "<h1>It works on real machines</h1>\n");
    await server.copyFromHost(page, "/srv/www/index.html");

    await server.succeed("httpd -h /srv/www");
    await server.waitForOpenPort(80);
    await client.succeed("wget -q -O /tmp/page.html http://server/");

    const copy = join(folder, "copy.html");
    await client.copyToHost("/tmp/page.html", copy);
    expect(await readFile(copy, "utf8")).toBe(await readFile(page, "utf8"));
  });

  it("answers 404 for what is not there", async () => {
    const { exitCode, stderr } = await client.execute("wget -q -O - http://server/nothing");
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("404");
  });

  it("closes its port when it is stopped", async () => {
    await server.succeed("kill $(pidof httpd)");
    await server.waitForClosedPort(80);
    await client.fail("wget -q -O - http://server/");
  });
});
