import { expect, it } from "vitest";
import { QmpClient } from "../../src/qemu/qmp/client.ts";
import type { QmpEvent } from "../../src/qemu/qmp/messages.ts";
import { fakeQmp } from "./fake-qmp.ts";

it("matches answers to commands by id, whatever their order", async () => {
  const held: (() => void)[] = [];
  await using server = await fakeQmp(({ execute, id }, answer) => {
    held.unshift(() => answer({ return: execute, id }));
    if (held.length === 2) held.forEach((reply) => reply());
  });
  const qmp = await QmpClient.open(server.socket);
  expect(await Promise.all([qmp.execute("first"), qmp.execute("second")])).toEqual(["first", "second"]);
});

it("passes arguments on and rejects with QEMU's class and description", async () => {
  await using server = await fakeQmp((command, answer) =>
    answer({ error: { class: "GenericError", desc: `bad ${JSON.stringify(command.arguments)}` }, id: command.id }),
  );
  const qmp = await QmpClient.open(server.socket);
  await expect(qmp.execute("eject", { id: "cd0" })).rejects.toMatchObject({
    code: "QMP_FAILED",
    message: 'QMP_FAILED: QEMU refused eject: GenericError: bad {"id":"cd0"}',
    facts: { command: "eject", class: "GenericError", description: 'bad {"id":"cd0"}' },
  });
});

it("tells listeners of events, until they stop listening", async () => {
  await using server = await fakeQmp(({ execute, id }, answer) => {
    answer({ event: execute, data: { reason: "test" }, timestamp: { seconds: 12, microseconds: 500_000 } });
    answer({ return: {}, id });
  });
  const qmp = await QmpClient.open(server.socket);
  const seen: QmpEvent[] = [];
  const stop = qmp.onEvent((event) => seen.push(event));
  await qmp.execute("RESET");
  stop();
  await qmp.execute("SHUTDOWN");
  expect(seen).toEqual([{ event: "RESET", data: { reason: "test" }, at: 12_500 }]);
});

it("rejects what is pending as soon as the connection breaks, and everything after", async () => {
  await using server = await fakeQmp((_command, _answer, socket) => socket.destroy());
  const qmp = await QmpClient.open(server.socket);
  const closed = { code: "QMP_FAILED", message: "QMP_FAILED: QEMU closed its control socket" };
  await Promise.all([
    expect(qmp.execute("query-status")).rejects.toMatchObject(closed),
    expect(qmp.execute("query-status")).rejects.toMatchObject(closed),
  ]);
  await expect(qmp.execute("cont")).rejects.toMatchObject(closed);
  expect(await qmp.closed).toMatchObject(closed);
});

it.each(["{not json", '{"neither":"this nor that"}'])("gives up on a server that answers %s", async (garbage) => {
  await using server = await fakeQmp((_command, answer) => answer(garbage));
  const qmp = await QmpClient.open(server.socket);
  await expect(qmp.execute("cont")).rejects.toThrow(`QMP_FAILED: unintelligible answer: ${garbage}`);
});
