import { expect, it } from "vitest";
import { obstacleToFreezing } from "../../../src/layers/freeze/migration.ts";
import { QmpClient } from "../../../src/qemu/qmp/client.ts";
import { fakeQmp } from "../../qemu/fake-qmp.ts";

const modern = [
  { capability: "xbzrle", state: false },
  { capability: "x-ignore-shared", state: false },
];

/** What a QEMU with these capabilities and this state says. */
async function obstacle(capabilities: object[], migration: object): Promise<string | undefined> {
  await using server = await fakeQmp(({ execute, id }, answer) => {
    answer({ return: execute === "query-migrate-capabilities" ? capabilities : migration, id });
  });
  return await obstacleToFreezing(await QmpClient.open(server.socket));
}

it("there is none in a QEMU that can leave memory in its file", async () => {
  expect(await obstacle(modern, {})).toBeUndefined();
  expect(await obstacle(modern, { status: "completed", "blocked-reasons": [] })).toBeUndefined();
});

it("is a capability that a QEMU does not have, whatever its version", async () => {
  expect(await obstacle([{ capability: "xbzrle", state: false }], {})).toBe(
    "this QEMU cannot leave memory in its file (it has no x-ignore-shared)",
  );
});

it("is what a device says, in QEMU's words", async () => {
  const reasons = ["Migration is disabled when VirtFS export path '/' is mounted", "another"];
  expect(await obstacle(modern, { "blocked-reasons": reasons })).toBe(reasons[0]);
});
