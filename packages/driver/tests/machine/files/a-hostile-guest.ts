import { Deadline } from "@vitest-machines/host";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished } from "vitest";
import xxhash from "xxhash-wasm";
import { connectAgent } from "../../../src/agent/connect.ts";
import { encodeFields, Fields, type FieldList } from "../../../src/agent/protocol/fields.ts";
import { encodeFrame, frameType, type FrameType } from "../../../src/agent/protocol/frame.ts";
import { FrameParser } from "../../../src/agent/protocol/parser.ts";
import { CopyLimits, type CopyOutOptions } from "../../../src/machine/files/copy-limits.ts";
import { copyOut } from "../../../src/machine/files/copy-to-host.ts";
import { HostTarget } from "../../../src/machine/files/host-target.ts";
import { emptySummary, type CopySummary } from "../../../src/machine/files/summary.ts";
import { answerHello, impostor, welcome } from "../../agent/an-impostor.ts";

const hashes = await xxhash();

/** What a guest that wants to do harm answers with. */
export interface Answers {
  /** Sends one frame; false when the host reads no more for now. */
  send: (type: FrameType, payload: Buffer | FieldList) => boolean;
  /** Settles when the host reads again; false when it has hung up. */
  drained: () => Promise<boolean>;
}
export type Behaviour = (answers: Answers) => void | Promise<void>;

/** A folder for each test of a file, with `outside`, which must stay empty; copies go to `target`. */
export function useFolder(): () => string {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hostile-"));
    await mkdir(join(folder, "outside"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return () => folder;
}

/** Copies from such a guest to `target`, and shows what that has left. */
export async function copyFrom(
  folder: string,
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

export const record = (path: string, more: Record<string, string | number> = {}): Buffer =>
  Buffer.concat([encodeFields(Object.entries({ path, type: "file", mode: 420, size: 5, mtime: 0, ...more })), Buffer.alloc(1)]); // prettier-ignore
export const aFolder = (path: string): Buffer => record(path, { type: "directory", mode: 493 });
export const listing = (...records: Buffer[]): Behaviour => ({ send }) => {
  send(frameType.data, Buffer.concat(records));
  send(frameType.done, []);
}; // prettier-ignore
export const opened = (size: number, type = "file"): FieldList => [["path", ""], ["type", type], ["mode", 420], ["size", size], ["mtime", 0]]; // prettier-ignore
export const hashOf = (bytes: Buffer): string => BigInt.asIntN(64, hashes.h64Raw(bytes)).toString();
export const content = (bytes: Buffer, size: number = bytes.length): Behaviour => ({ send }) => {
  send(frameType.opened, opened(size));
  send(frameType.data, bytes);
  send(frameType.done, [["hash", hashOf(bytes)]]);
}; // prettier-ignore
/** Sends as long as the host lets it, which must not be long. */
export const endless = (type: FrameType, payload: Buffer | FieldList, first?: Behaviour): Behaviour => async (answers) => {
  await first?.(answers);
  while (answers.send(type, payload) || (await answers.drained()));
}; // prettier-ignore
export const aTree = listing(aFolder(""), record("file"));
