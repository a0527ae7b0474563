import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { frameType, maxPayload } from "../../../src/agent/protocol/frame.ts";
import { CopyLimits } from "../../../src/machine/files/copy-limits.ts";
import {
  aFolder,
  aTree,
  content,
  copyFrom,
  endless,
  hashOf,
  listing,
  opened,
  record,
  useFolder,
  type Behaviour,
} from "./a-hostile-guest.ts";

const folder = useFolder();

it("a guest that behaves is copied from", async () => {
  const { summary, failure, left } = await copyFrom(folder(), { list: aTree, read: content(Buffer.from("hello")) });
  expect([failure, left]).toEqual(["it did not fail", ["file"]]);
  expect(summary).toMatchObject({ files: 1, directories: 1, bytes: 5 });
  expect(await readFile(join(folder(), "target/file"), "utf8")).toBe("hello");
});

describe("names", () => {
  it.each(["../outside/x", "/etc/x", "a/../../outside/x", "a//b", "./a", "a/.", ".."])("%j are refused", async (path) => {
    const { failure, left } = await copyFrom(folder(), { list: listing(aFolder(""), aFolder("a"), record(path)), read: content(Buffer.from("evil!")) });
    expect(failure).toMatch(/leads out of the tree/);
    expect(left.filter((name) => name !== "a")).toEqual([]);
  }); // prettier-ignore

  it("that are strange and legal arrive: newlines, spaces, dashes, backslashes", async () => {
    const names = ["new\nline", " ", "-rf", "back\\slash", "ümläut", "…", "a".repeat(255)];
    const { failure, left } = await copyFrom(folder(), {
      list: listing(aFolder(""), ...names.map((name) => record(name))),
      read: content(Buffer.from("hello")),
    });
    expect([failure, left]).toEqual(["it did not fail", [...names].sort()]);
  });

  it("cannot hold a NUL: what follows one is another field", async () => {
    const { failure, left } = await copyFrom(folder(), {
      list: listing(aFolder(""), Buffer.concat([Buffer.from("path=x\0"), record("../../outside/evil")])),
      read: content(Buffer.from("hello")),
    });
    expect([failure, left]).toEqual(["it did not fail", ["x"]]);
  });

  it("of links never lead the copy away: neither symbolic nor hard ones", async () => {
    const link = record("door", { type: "symlink", target: join(folder(), "outside") });
    const through = await copyFrom(folder(), {
      list: listing(aFolder(""), link, record("door/x")),
      read: content(Buffer.from("evil!")),
    });
    expect(through.failure).toMatch("without the folder that holds it");
    const named = { file: "1:1" };
    const hard = await copyFrom(folder(), {
      list: listing(
        aFolder(""),
        aFolder("sub"),
        record("one", named),
        record("sub/two", named),
        record("door/x", named),
      ),
      read: content(Buffer.from("hello")),
    });
    expect(hard.failure).toMatch("without the folder that holds it");
    expect(hard.left).toEqual(["one", "sub", "sub/two"]);
  });
});

describe("sizes that lie", () => {
  it.each([
    ["more than was said", content(Buffer.alloc(10), 5), "sends more than the 5 bytes"],
    ["a hole beyond the end", (({ send }) => {
      send(frameType.opened, opened(5));
      send(frameType.progress, [["hole", 2 ** 52]]);
    }) satisfies Behaviour, "sends more than the 5 bytes"],
    ["a hole in what has no size", (({ send }) => {
      send(frameType.opened, opened(0));
      send(frameType.progress, [["hole", 2 ** 52]]);
    }) satisfies Behaviour, "impossible hole"],
    ["pieces on a disk that nobody gave it", (({ send }) => {
      send(frameType.opened, [...opened(5), ["disk", 1]]);
      send(frameType.progress, [["filled", 5]]);
    }) satisfies Behaviour, "places on the copy disk"],
    ["what became a device", (({ send }) => void send(frameType.opened, opened(0, "other"))) satisfies Behaviour, "no regular file"],
    ["another content than its checksum", (({ send }) => {
      send(frameType.opened, opened(5));
      send(frameType.data, Buffer.from("hellO"));
      send(frameType.done, [["hash", hashOf(Buffer.from("hello"))]]);
    }) satisfies Behaviour, "changed on the way"],
    ["no checksum", (({ send }) => {
      send(frameType.opened, opened(5));
      send(frameType.data, Buffer.from("hello"));
      send(frameType.done, []);
    }) satisfies Behaviour, "changed on the way"],
  ] as [string, Behaviour, string][])("are found out: %s", async (_name, read, message) => {
    const { failure, left } = await copyFrom(folder(), { list: aTree, read });
    expect(failure).toMatch(message);
    expect(left).toEqual([]);
  }); // prettier-ignore
});

describe("what never ends", () => {
  it("is cut off: a file without a size", async () => {
    let sent = 0;
    const read: Behaviour = ({ send }) => {
      send(frameType.opened, opened(0));
      for (; sent < 8; sent++) send(frameType.data, Buffer.alloc(maxPayload));
    };
    const { failure, left } = await copyFrom(folder(), { list: aTree, read }, { maxBytes: 100_000 });
    expect(failure).toBe("the guest has more than 100000 bytes there (`maxBytes`)");
    expect(left).toEqual([]);
  });

  it.each([
    ["bytes that nobody asked for", endless(frameType.data, Buffer.alloc(maxPayload), ({ send }) => void send(frameType.opened, opened(2 ** 40)))],
    ["nothing at all", endless(frameType.data, Buffer.alloc(0), ({ send }) => void send(frameType.opened, opened(2 ** 40)))],
    ["holes without end", endless(frameType.progress, [["hole", 1]], ({ send }) => void send(frameType.opened, opened(2 ** 40)))],
  ])("is cut off: %s", async (_name, read) => {
    const before = process.memoryUsage().rss;
    const { failure, left } = await copyFrom(folder(), { list: aTree, read }, { maxBytes: 64 * 1024 * 1024 });
    expect(failure).toMatch(/more than it was asked for|impossible hole|maxBytes/);
    expect(left).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
  }); // prettier-ignore

  it("is cut off: a listing, after as many entries as are allowed", async () => {
    let count = 0;
    const list: Behaviour = async (answers) => {
      answers.send(frameType.data, aFolder(""));
      for (;;) {
        const links = Array.from({ length: 100 }, () => record(`link${++count}`, { type: "symlink", target: "x" }));
        if (!answers.send(frameType.data, Buffer.concat(links)) && !(await answers.drained())) return;
      }
    };
    const { failure, left } = await copyFrom(folder(), { list }, { maxEntries: 1000 });
    expect(failure).toMatch(/more than 1000 files, folders and links there|more of \/srv than it was asked for/);
    expect(left).toEqual([]);
  });

  it("takes no memory: names that are kept until the end are limited, too", () => {
    const limits = new CopyLimits({});
    const target = "x".repeat(4000);
    const flood = (): void => {
      for (let count = 0; count < 100_000; count++) limits.countEntry({ path: "link", type: "symlink", mode: 0, size: 0, mtimeMs: 0, target }); // prettier-ignore
    };
    expect(flood).toThrow("too long");
  });
});

it.each([{ maxBytes: 0 }, { maxBytes: NaN }, { maxEntries: -1 }, { maxEntries: "5" as never }])(
  "limits must be positive: %j",
  (options) => {
    expect(() => new CopyLimits(options)).toThrow(/DECLARATION_INVALID: copyToHost\.max[^]* positive numbers/);
  },
);
