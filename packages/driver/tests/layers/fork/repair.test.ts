import { MachinesError } from "@vitest-machines/host";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { AgentSession } from "../../../src/agent/session.ts";
import { repair } from "../../../src/layers/fork/repair.ts";
import type { ForkNode } from "../../../src/layers/recipe.ts";

type Argv = [string, ...string[]];
type Exit = { exitCode: number | null; signal: string | null };

/** A node whose image wants these programs, and a guest that remembers what it was asked for. */
function aFork(afterFork: Argv[], exitOf: (argv: readonly string[]) => Promise<Exit>) {
  const asked: string[] = [];
  const session = {
    reseed: async (bytes: Uint8Array) => void asked.push(`reseed with ${bytes.length}`),
    setClock: async () => void asked.push("clock"),
    exec: ({ argv }: { argv: readonly string[] }) => {
      asked.push(argv.join(" "));
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
      return { stdin, stdout, stderr, exit: exitOf(argv) };
    },
  } as unknown as AgentSession;
  const node = { name: "box", boot: { afterFork } } as unknown as ForkNode;
  return { asked, session, node };
}

const succeeds = async (): Promise<Exit> => ({ exitCode: 0, signal: null });

it("entropy and clock come before what the image wants, which is done in its order", async () => {
  const { asked, session, node } = aFork([["first", "a"], ["second"]], succeeds);
  await repair(session, node, "host");
  expect(asked).toEqual(["reseed with 64", "clock", "first a", "second"]);
});

it("a frozen clock is left alone", async () => {
  const { asked, session, node } = aFork([], succeeds);
  await repair(session, node, "frozen");
  expect(asked).toEqual(["reseed with 64"]);
});

const refused = new MachinesError("COMMAND_FAILED", 'cannot run "x": no such file or directory');

it.each([
  [async () => ({ exitCode: 3, signal: null }), "ended with exit code 3."],
  [async () => ({ exitCode: null, signal: "SIGKILL" }), "ended with SIGKILL."],
  [() => Promise.reject(refused), 'could not be run: cannot run "x": no such file or directory.'],
] satisfies [() => Promise<Exit>, string][])(
  "what does not succeed is named, and nothing follows it",
  async (exit, end) => {
    const { asked, session, node } = aFork([["x", "-y"], ["never"]], exit);
    await expect(repair(session, node, "host")).rejects.toMatchObject({
      code: "FORK_FAILED",
      machine: "box",
      summary: `box: \`x -y\`, which its image wants after a fork, ${end}`,
    });
    expect(asked).not.toContain("never");
  },
);

it("a machine that is gone meanwhile is no failure of the program", async () => {
  const lost = new MachinesError("AGENT_LOST", "the guest is gone");
  const { session, node } = aFork([["x"]], () => Promise.reject(lost));
  await expect(repair(session, node, "host")).rejects.toBe(lost);
});
