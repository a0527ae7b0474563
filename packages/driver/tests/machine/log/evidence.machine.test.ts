import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: {} } });
const box = () => lab.machine("box");

const entries = async () =>
  (await readFile(join(lab.folder, "trace", "trace.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it("shows the last commands with their output, and the console", async () => {
  for (let number = 1; number <= 12; number++)
    await box().execute(`echo ${number}; echo e${number} >&2; exit ${number}`);
  const [commands, console] = box().evidence();
  expect(commands).toMatch(
    /^box's last commands:\n\$ echo 3; .* {2}\(exit code 3, \d+ ms\)\n {2}stderr:\n {2}e3\n {2}stdout:\n {2}3\n/,
  );
  expect(commands?.match(/^\$ /gm)).toHaveLength(10);
  expect(console).toMatch(/^box's console/);
  expect(lab.cluster.evidence()).toEqual(box().evidence());
});

it("traces phases, commands, waits, copies and events of QEMU", async () => {
  const trace = await entries();
  const phases = trace.filter(({ type }) => type === "machine-phase").map(({ phase }) => phase);
  expect(phases.slice(0, 4)).toEqual(["starting", "booting", "configuring", "ready"]);
  expect(trace.filter(({ type }) => type === "cluster-phase").map(({ phase }) => phase)).toEqual([
    "images",
    "accelerator",
    "lease",
    "switches",
    "machines",
    "ready",
  ]);
  expect(trace).toContainEqual(
    expect.objectContaining({ type: "command", machine: "box", exitCode: 12, stdout: "12", stderr: "e12" }),
  );
  expect(trace).toContainEqual(expect.objectContaining({ type: "qmp", machine: "box", event: "RESUME" }));
});

it("logs what it is told, in nested blocks, and where a block failed", async () => {
  box().log("hello");
  expect(await box().subtest("outer", () => box().nested("inner", async () => 42))).toBe(42);
  await expect(box().nested("broken", () => Promise.reject(new Error("why\nmore")))).rejects.toThrow("why");
  const logged = lab.events.flatMap((event) =>
    event.type === "log" ? [`${"  ".repeat(event.depth)}${event.text}`] : [],
  );
  const steady = logged.map((line) => line.replace(/\d+\.\d+ s/, "N s"));
  expect(steady).toEqual([
    "hello",
    "subtest: outer",
    "  inner",
    "  (finished: inner, in N s)",
    "(finished: subtest: outer, in N s)",
    "broken",
    "(failed: broken, after N s: why)",
  ]);
  expect(await entries()).toContainEqual(
    expect.objectContaining({ type: "log", machine: "box", text: "hello", depth: 0 }),
  );
});
