import { expect, it } from "vitest";
import { runVitest } from "../support/run-vitest.ts";

const head = `
import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";
`;

it("boots the cluster once for its suite and gives tests the machines, from the closure and injected", async () => {
  const { tests, journal, errors } = await runVitest({
    "a.test.ts": `${head}
      describe("net", () => {
        const { it, server, client } = cluster({ nodes: { server: {}, client: {} } });
        it("closure", async () => {
          expect(await server.succeed("one")).toBe("server$ one\\n");
          expect(await client.succeed("two")).toBe("client$ two\\n");
        });
        it("injected", async ({ server }) => {
          expect(await server.succeed("three")).toBe("server$ three\\n");
        });
      });`,
  });
  expect(errors).toEqual({});
  expect(tests).toEqual({ "net > closure": "passed", "net > injected": "passed" });
  expect(journal).toEqual(["boot server client", "server: one", "client: two", "server: three", "stop server client"]);
});
