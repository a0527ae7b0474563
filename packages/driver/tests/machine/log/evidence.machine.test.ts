import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LayerLab } from "../../support/layer-lab.ts";
import { useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: {} }, layers: false });
const box = () => lab.machine("box");

type Entry = Record<string, unknown>;
const read = async (trace: string): Promise<Entry[]> =>
  (await readFile(join(trace, "trace.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry);
const entries = () => read(join(lab.folder, "trace"));
/** Without the end, which a cluster that stops does not wait for. */
const phasesOf = (trace: Entry[], type: "cluster-phase" | "machine-phase") =>
  trace.filter((entry) => entry["type"] === type && entry["phase"] !== "down").map(({ phase }) => phase);

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
  expect(phasesOf(trace, "machine-phase")).toEqual(["starting", "booting", "configuring", "ready"]);
  expect(phasesOf(trace, "cluster-phase")).toEqual(["images", "accelerator", "lease", "switches", "machines", "ready"]);
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

it("traces a freeze after the boot, and of a fork only that it starts and is ready", async () => {
  await using layers = await LayerLab.open();
  const traces = ["boot", "fork"].map((name) => join(layers.folder, name));
  for (const traceFolder of traces) {
    const cluster = await layers.start({ nodes: { box: {} } }, { traceFolder });
    await cluster.stop();
  }
  const [boot = [], fork = []] = await Promise.all(traces.map(read));
  const before = ["images", "accelerator", "lease", "switches", "machines"];
  expect(phasesOf(boot, "cluster-phase")).toEqual([...before, "freezing", "ready"]);
  expect(phasesOf(boot, "machine-phase")).toEqual([
    ...["starting", "booting", "configuring", "ready"],
    ...["starting", "ready"],
  ]);
  expect(phasesOf(fork, "cluster-phase")).toEqual([...before, "ready"]);
  expect(phasesOf(fork, "machine-phase")).toEqual(["starting", "ready"]);
  expect(fork).toContainEqual(expect.objectContaining({ type: "qmp", machine: "box", event: "RESUME" }));
});
