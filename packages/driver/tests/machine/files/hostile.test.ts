import { Deadline } from "@vitest-machines/host";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { connectAgent } from "../../../src/agent/connect.ts";
import { encodeFields, Fields, type FieldList } from "../../../src/agent/protocol/fields.ts";
import { encodeFrame, frameType, maxPayload, type FrameType } from "../../../src/agent/protocol/frame.ts";
import { FrameParser } from "../../../src/agent/protocol/parser.ts";
import { Xxhash32 } from "../../../src/agent/copies/xxhash32.ts";
import { CopyLimits, type CopyOutOptions } from "../../../src/machine/files/copy-limits.ts";
import { copyOut } from "../../../src/machine/files/copy-to-host.ts";
import { HostTarget } from "../../../src/machine/files/host-target.ts";
import { emptySummary, type CopySummary } from "../../../src/machine/files/summary.ts";
import { answerHello, impostor, welcome } from "../../agent/an-impostor.ts";

/** What a guest that wants to do harm answers with. */
interface Answers {
  /** Sends one frame; false when the host reads no more for now. */
  send: (type: FrameType, payload: Buffer | FieldList) => boolean;
  /** Settles when the host reads again; false when it has hung up. */
  drained: () => Promise<boolean>;
}
type Behaviour = (answers: Answers) => void | Promise<void>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hostile-"));
  await mkdir(join(folder, "outside"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Copies from such a guest to `target`, and shows what that has left. */
async function copyFrom(
  guest: { list: Behaviour; read?: Behaviour },
  options: CopyOutOptions = {},
): Promise<{ summary: CopySummary; failure: string; left: string[] }> {
  const path = await impostor((line) => {
    answerHello(line, (nonce) => welcome(nonce));
    obey(line, guest);
  });
  const agent = await connectAgent(path, { deadline: Deadline.after(5000) });
  onTestFinished(() => agent.close());
  const summary = emptySummary();
  const stop = new AbortController();
  const target = new HostTarget(join(folder, "target"));
  const copied = copyOut({
    ...{ agent, source: "/srv", target, summary },
    ...{ limits: new CopyLimits(options), stopped: stop.signal },
  });
  const failure = await copied.then(
    () => "it did not fail",
    (error: unknown) => (error as Error).message,
  );
  stop.abort();
  expect(await readdir(join(folder, "outside"))).toEqual([]);
  expect((await readdir(folder)).filter((name) => !["outside", "target"].includes(name))).toEqual([]);
  const left = await readdir(join(folder, "target"), { recursive: true }).catch(() => []);
  expect(left.filter((name) => name.endsWith(".part"))).toEqual([]);
  return { summary, failure, left: left.sort() };
}

function obey(line: Socket, guest: { list: Behaviour; read?: Behaviour }): void {
  const parser = new FrameParser();
  line.on("data", (chunk: Buffer) => {
    for (const { type, stream, payload } of parser.push(chunk)) {
      if (type !== frameType.open) continue;
      const answers: Answers = {
        send(kind, content) {
          const bytes = Buffer.isBuffer(content) ? content : encodeFields(content);
          return line.write(encodeFrame(kind, 0, stream, bytes));
        },
        drained: () =>
          new Promise((resolve) => {
            if (line.destroyed) return resolve(false);
            const settle = (): void => {
              line.off("drain", settle).off("close", settle);
              resolve(!line.destroyed);
            };
            line.on("drain", settle).on("close", settle);
          }),
      };
      void (new Fields(payload).text("op") === "list" ? guest.list : guest.read)?.(answers);
    }
  });
}

const record = (path: string, more: Record<string, string | number> = {}): Buffer =>
  Buffer.concat([encodeFields(Object.entries({ path, type: "file", mode: 420, size: 5, mtime: 0, ...more })), Buffer.alloc(1)]); // prettier-ignore
const aFolder = (path: string): Buffer => record(path, { type: "directory", mode: 493 });
const listing = (...records: Buffer[]): Behaviour => ({ send }) => {
  send(frameType.data, Buffer.concat(records));
  send(frameType.done, []);
}; // prettier-ignore
const opened = (size: number, type = "file"): FieldList => [["path", ""], ["type", type], ["mode", 420], ["size", size], ["mtime", 0]]; // prettier-ignore
const hashOf = (bytes: Buffer): string => {
  const hash = new Xxhash32();
  hash.add(bytes);
  return hash.hex();
};
const content = (bytes: Buffer, size: number = bytes.length): Behaviour => ({ send }) => {
  send(frameType.opened, opened(size));
  send(frameType.data, bytes);
  send(frameType.done, [["hash", hashOf(bytes)]]);
}; // prettier-ignore
/** Sends as long as the host lets it, which must not be long. */
const endless = (type: FrameType, payload: Buffer | FieldList, first?: Behaviour): Behaviour => async (answers) => {
  await first?.(answers);
  while (answers.send(type, payload) || (await answers.drained()));
}; // prettier-ignore
const aTree = listing(aFolder(""), record("file"));

it("a guest that behaves is copied from", async () => {
  const { summary, failure, left } = await copyFrom({ list: aTree, read: content(Buffer.from("hello")) });
  expect([failure, left]).toEqual(["it did not fail", ["file"]]);
  expect(summary).toMatchObject({ files: 1, directories: 1, bytes: 5 });
  expect(await readFile(join(folder, "target/file"), "utf8")).toBe("hello");
});

describe("names", () => {
  it.each(["../outside/x", "/etc/x", "a/../../outside/x", "a//b", "./a", "a/.", ".."])("%j are refused", async (path) => {
    const { failure, left } = await copyFrom({ list: listing(aFolder(""), aFolder("a"), record(path)), read: content(Buffer.from("evil!")) });
    expect(failure).toMatch(/leads out of the tree/);
    expect(left.filter((name) => name !== "a")).toEqual([]);
  }); // prettier-ignore

  it("that are strange and legal arrive: newlines, spaces, dashes, backslashes", async () => {
    const names = ["new\nline", " ", "-rf", "back\\slash", "ümläut", "…", "a".repeat(255)];
    const { failure, left } = await copyFrom({
      list: listing(aFolder(""), ...names.map((name) => record(name))),
      read: content(Buffer.from("hello")),
    });
    expect([failure, left]).toEqual(["it did not fail", [...names].sort()]);
  });

  it("cannot hold a NUL: what follows one is another field", async () => {
    const { failure, left } = await copyFrom({
      list: listing(aFolder(""), Buffer.concat([Buffer.from("path=x\0"), record("../../outside/evil")])),
      read: content(Buffer.from("hello")),
    });
    expect([failure, left]).toEqual(["it did not fail", ["x"]]);
  });

  it("of links never lead the copy away: neither symbolic nor hard ones", async () => {
    const link = record("door", { type: "symlink", target: join(folder, "outside") });
    const through = await copyFrom({
      list: listing(aFolder(""), link, record("door/x")),
      read: content(Buffer.from("evil!")),
    });
    expect(through.failure).toMatch("without the folder that holds it");
    const named = { file: "1:1" };
    const hard = await copyFrom({
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
    const { failure, left } = await copyFrom({ list: aTree, read });
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
    const { failure, left } = await copyFrom({ list: aTree, read }, { maxBytes: 100_000 });
    expect(failure).toBe("the guest has more than 100000 bytes there (`maxBytes`)");
    expect(left).toEqual([]);
  });

  it.each([
    ["bytes that nobody asked for", endless(frameType.data, Buffer.alloc(maxPayload), ({ send }) => void send(frameType.opened, opened(2 ** 40)))],
    ["nothing at all", endless(frameType.data, Buffer.alloc(0), ({ send }) => void send(frameType.opened, opened(2 ** 40)))],
    ["holes without end", endless(frameType.progress, [["hole", 1]], ({ send }) => void send(frameType.opened, opened(2 ** 40)))],
  ])("is cut off: %s", async (_name, read) => {
    const before = process.memoryUsage().rss;
    const { failure, left } = await copyFrom({ list: aTree, read }, { maxBytes: 64 * 1024 * 1024 });
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
    const { failure, left } = await copyFrom({ list }, { maxEntries: 1000 });
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
