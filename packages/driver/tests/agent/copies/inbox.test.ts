import { expect, it } from "vitest";
import { Inbox } from "../../../src/agent/copies/inbox.ts";

it("gives what has come, in order, and then waits for more", async () => {
  const inbox = new Inbox<number>();
  inbox.push(1);
  inbox.push(2);
  expect([await inbox.next(), await inbox.next()]).toEqual([1, 2]);
  const waiting = inbox.next();
  inbox.push(3);
  expect(await waiting).toBe(3);
});

it("fails whoever waits and whoever asks later, with the first error", async () => {
  const inbox = new Inbox<number>();
  const waiting = inbox.next();
  inbox.fail(new Error("first"));
  inbox.fail(new Error("second"));
  inbox.push(1);
  await expect(waiting).rejects.toThrow("first");
  await expect(inbox.next()).rejects.toThrow("first");
  expect(inbox.length).toBe(0);
});
