import { readdirSync, truncateSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareInputs } from "../../../src/layers/store/history.ts";
import type { LayerStore, Lookup } from "../../../src/layers/store/store.ts";
import { aStore } from "./a-store.ts";

const suite = "tests/web.test.ts > web";

function lookup(key: string, outcome: "hit" | "miss", minute: number, image = key): Lookup {
  return { at: new Date(Date.UTC(2026, 0, 1, 12, minute)), key, outcome, inputs: { image, memory: "128 MiB" } };
}

async function remember(store: LayerStore, ...lookups: Lookup[]): Promise<void> {
  for (const each of lookups) await store.remember(suite, each);
}

describe("why", () => {
  test("a first look has nothing to be compared with", async () => {
    const { store } = aStore();
    await remember(store, lookup("a", "miss", 0));
    const why = { found: true, suite, last: lookup("a", "miss", 0), earlier: undefined, changes: [] };
    expect(await store.why(suite)).toEqual(why);
  });

  test("a miss is compared with the last hit, also with misses between them", async () => {
    const { store } = aStore();
    await remember(
      store,
      lookup("a", "miss", 0),
      lookup("a", "hit", 1),
      lookup("b", "miss", 2),
      lookup("c", "miss", 3),
    );
    expect(await store.why(suite)).toMatchObject({
      last: lookup("c", "miss", 3),
      earlier: lookup("a", "hit", 1),
      changes: [{ name: "image", before: "a", now: "c" }],
    });
  });

  test("a miss that never had a hit is compared with the look before it", async () => {
    const { store } = aStore();
    await remember(store, lookup("a", "miss", 0), lookup("b", "miss", 1));
    expect(await store.why(suite)).toMatchObject({ earlier: lookup("a", "miss", 0), changes: [{ name: "image" }] });
  });

  test("a layer that went while nothing changed has no changes", async () => {
    const { store } = aStore();
    await remember(store, lookup("a", "hit", 0), lookup("a", "miss", 1));
    expect(await store.why(suite)).toMatchObject({ earlier: lookup("a", "hit", 0), changes: [] });
  });
});

describe("a suite's name", () => {
  const names = ["tests/db.test.ts > db", "tests/web.test.ts > web", "tests/web.test.ts > web server"];

  async function known(): Promise<LayerStore> {
    const { store } = aStore();
    for (const name of names) await store.remember(name, lookup("a", "hit", 0));
    return store;
  }

  test.each([
    ["DB", names[0]],
    ["server", names[2]],
    ["tests/web.test.ts > web", names[1]],
  ])("may be a part, %j, that only one has", async (wanted, name) => {
    expect(await (await known()).why(wanted)).toMatchObject({ found: true, suite: name });
  });

  test("that fits several is answered with those, and one that fits none with all", async () => {
    const store = await known();
    expect(await store.why("web.test")).toEqual({ found: false, isAmbiguous: true, suites: names.slice(1) });
    expect(await store.why("nothing")).toEqual({ found: false, isAmbiguous: false, suites: names });
    expect(await aStore().store.why("web")).toEqual({ found: false, isAmbiguous: false, suites: [] });
  });
});

test("inputs come and go as well as change", () => {
  expect(compareInputs({ same: "1", changed: "1", gone: "1" }, { same: "1", changed: "2", added: "1" })).toEqual([
    { name: "added", before: undefined, now: "1" },
    { name: "changed", before: "1", now: "2" },
    { name: "gone", before: "1", now: undefined },
  ]);
});

test("half a record is no record, and old ones are forgotten", async () => {
  const { store, root } = aStore();
  await remember(store, lookup("a", "hit", 0));
  const file = join(root, ".history", readdirSync(join(root, ".history"))[0] ?? "");
  const longAgo = new Date(Date.now() - 15 * 24 * 3600_000);
  utimesSync(file, longAgo, longAgo);
  await store.prune();
  expect(readdirSync(join(root, ".history"))).toEqual([]);
  await remember(store, lookup("a", "hit", 0));
  truncateSync(file, 20);
  expect(await store.why("web")).toMatchObject({ found: false, suites: [] });
  await remember(store, lookup("a", "hit", 0));
  expect(await store.why("web")).toMatchObject({ found: true });
});
