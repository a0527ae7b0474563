import { acceleratorVerdict, type Lease, type MachinesError, type ProcessHost } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import { keptName } from "../layers/pool/kept-name.ts";
import { recording } from "../layers/pool/recording.ts";
import { machineFolder } from "../layers/fork/machine-folder.ts";
import type { StoredLayer } from "../layers/store/types.ts";
import type { Spare } from "../layers/pool/spare.ts";
import { Conditions } from "../machine/conditions/conditions.ts";
import { watched } from "../machine/conditions/watched.ts";
import type { Contents } from "../machine/contents/contents.ts";
import { readContents } from "../machine/contents/read-contents.ts";
import { createMachine } from "../machine/create-machine.ts";
import { stumblesOf } from "../machine/stumbles/stumbles.ts";
import { heardOf } from "../network/dhcp/start-server.ts";
import type { Captures } from "../network/packets/captures.ts";
import type { Accelerator } from "../qemu/accelerator.ts";
import type { ClusterPlan } from "../topology/plan.ts";
import type { Trace } from "../trace/trace.ts";
import { ClusterRun } from "./cluster-run.ts";
import { costOf } from "./cost.ts";
import { CreatedMachines } from "./created/created-machines.ts";
import type { Crew, Member } from "./crew.ts";
import type { ClusterEvent } from "./events.ts";
import { LeaseHold } from "./lease-hold.ts";
import { planLayering, recipeOf, type Layering } from "./layered/layering.ts";
import { startLayered } from "./layered/start-layered.ts";
import type { ClusterOptions } from "./options.ts";
import { ClusterNetwork } from "./network/cluster-network.ts";
import { joining, openCaptures, recordPackets } from "./network/open-captures.ts";
import type { PacketEvidence } from "./network/packet-evidence.ts";
import type { Origin } from "./origin.ts";
import { prepare } from "./prepare.ts";
import { prepareImages } from "./prepare-images.ts";
import { adoptSite, openSite } from "./site.ts";
import type { Teardown } from "./teardown.ts";
import { watchSwitches } from "./watch-switches.ts";

/** As in the NixOS test driver: long enough for a slow guest, and what hangs for ever still ends in an error. */
const defaultWaitMs = 900_000;

export interface SetUp {
  readonly plan: ClusterPlan;
  readonly teardown: Teardown;
  readonly trace: Trace;
  readonly report: (event: ClusterEvent) => void;
  readonly processHost: ProcessHost;
  readonly options: ClusterOptions;
}

/** A cluster that was set up. */
export interface SetUpCluster {
  readonly run: ClusterRun;
  readonly hold: LeaseHold;
  readonly origin: Origin;
  /** Machines that are added to it. */
  readonly created: CreatedMachines;
  readonly network: ClusterNetwork;
  readonly captures: Captures;
  /** Undefined unless it is declared to record. */
  readonly packetEvidence: PacketEvidence | undefined;
  /** What it was forked from. */
  readonly layer: StoredLayer | undefined;
}

/** Makes a planned cluster real, step by step; each step's undoing is registered before it begins. */
export async function setUp(given: SetUp): Promise<SetUpCluster> {
  const { plan, trace, report, options, teardown } = given;
  const { signal } = options;
  const phase = (name: string): void => trace.add({ type: "cluster-phase", phase: name });

  phase("images");
  const images = await prepareImages(plan.nodes, report, options);
  const contents = await readAll(plan);
  phase("accelerator");
  const verdict = await acceleratorVerdict({ ...anyOf(images), signal });
  report({ type: "accelerator", ...verdict });
  const layering = await planLayering(plan, images, contents, verdict.accelerator, options);

  phase("lease");
  const { found, spare } = await findLayer(layering, given);
  const hold = new LeaseHold(spare?.lease ?? (await takeLease(given)));
  teardown.add(() => hold.release());
  const { lease, processes } = recording(hold.lease, { before: spare?.processes });
  // Only what this cluster itself does from here on counts: images and the budget are others' time.
  const startedAt = performance.now();
  const { watch, incidents, stopping, hear } = watchSwitches(given);
  phase("switches");
  const site = spare ? adoptSite(plan, { lease, processes }, watch) : await openSite(plan, lease, watch, signal);
  const conditions = new Conditions();
  const captures = openCaptures(given, lease, waitTimeout(options));
  const around = { ...site, incidents, conditions, captures };
  const crew = createCrew(given, { images, contents }, verdict.accelerator, around);
  const recipe = recipeOf(plan, images, verdict.accelerator);
  const run = new ClusterRun({ plan, recipe, crew, conditions, site, processes, watch, trace, report });
  teardown.add(() => run.release());
  teardown.add(() => {
    stopping();
    conditions.end();
    for (const { power, end } of crew.values()) {
      power.close(`cluster ${JSON.stringify(plan.name)} was stopped`);
      end();
    }
  });

  teardown.add(() => captures.close());
  const evidence = await recordPackets(given, captures);
  teardown.add(() => evidence?.finish());

  // Before anything boots, because a port that is taken makes it all in vain.
  for (const { openDoors } of crew.values()) await openDoors();

  const created = new CreatedMachines(run, given);
  teardown.add(() => created.endAll(`cluster ${JSON.stringify(plan.name)} was stopped`));

  const onLost = (error: MachinesError): void => {
    if (!watch.isStopping()) watch.onEnd(error);
  };
  const network = new ClusterNetwork(run, created, captures, onLost);
  created.admit = (node) => network.admit(node);
  created.onChange = () => network.refresh();
  teardown.add(() => network.end());
  hear((error) => network.switchEnded(error));

  phase("machines");
  const started = await start(run, layering, { found, spare, signal });
  teardown.add(() => started.layer?.release());
  phase("ready");
  evidence?.up();
  const elapsedMs = Math.round(performance.now() - startedAt);
  report({ type: "ready", elapsedMs, origin: started.origin });
  return { run, hold, created, network, captures, packetEvidence: evidence, ...started };
}

function waitTimeout({ waitTimeout: given }: ClusterOptions): number {
  return given ?? defaultWaitMs;
}

/** What machines are to have of the host, by machine. */
async function readAll({ nodes }: ClusterPlan): Promise<ReadonlyMap<string, Contents>> {
  const all = new Map<string, Contents>();
  for (const node of nodes) if (node.contents) all.set(node.name, await readContents(node, node.contents));
  return all;
}

async function start(
  run: ClusterRun,
  layering: Layering | undefined,
  given: { found: StoredLayer | undefined; spare: Spare | undefined; signal: AbortSignal | undefined },
): Promise<{ origin: Origin; layer: StoredLayer | undefined }> {
  const { plan } = run.parts;
  if (layering) return startLayered({ run, layering, ...given });
  if (plan.boot === "all") await run.boot(given.signal);
  await prepare(run, given.signal);
  return { origin: { how: "booted", frozen: false }, layer: undefined };
}

/** The layer that the cluster starts from, if it is there, and a fork of it, if one was made ahead of time. */
async function findLayer(
  layering: Layering | undefined,
  { report, teardown, options }: SetUp,
): Promise<{ found: StoredLayer | undefined; spare: Spare | undefined }> {
  if (!layering) return { found: undefined, spare: undefined };
  const { key, inputs } = layering.prepared ?? layering.booted;
  const found = await layering.store.find(key, { onNotice: (text) => report({ type: "notice", text }) });
  teardown.add(() => found?.release());
  if (options.suite !== undefined) {
    await layering.store.remember(options.suite, { at: new Date(), key, inputs, outcome: found ? "hit" : "miss" });
  }
  return { found, spare: found && (await takeSpare(options, key)) };
}

/** The cluster that an earlier run has left, if this one goes on with it, or a fork that was made ahead of time. */
async function takeSpare({ spares, keptAs }: ClusterOptions, layerKey: string): Promise<Spare | undefined> {
  const kept = keptAs === undefined ? undefined : await spares?.take(keptName(keptAs, layerKey));
  return kept ?? spares?.take(layerKey);
}

function createCrew(
  { plan, trace, report, options }: SetUp,
  { images, contents }: { images: ReadonlyMap<string, BootFiles>; contents: ReadonlyMap<string, Contents> },
  accelerator: Accelerator,
  given: {
    lease: Lease;
    switches: ReadonlyMap<number, string>;
    incidents: readonly string[];
    conditions: Conditions;
    captures: Captures;
  },
): Crew {
  const { lease, switches, incidents, conditions, captures } = given;
  const members = plan.nodes.map((node): [string, Member] => {
    const boot = images.get(node.image.key);
    if (!boot) throw new Error(`the image of ${node.name} was not prepared`);
    const setting = {
      ...{
        node,
        boot,
        contents: contents.get(node.name),
        accelerator,
        incidents,
        trace,
        report,
        stumbles: stumblesOf({ node, trace, report }),
      },
      seat: { lease, switches, folder: machineFolder(lease.folder, node.number, 0), layerDisks: {} },
      dhcpHeard: heardOf,
      bootTimeoutMs: plan.bootTimeoutMs,
      waitTimeoutMs: waitTimeout(options),
      beforeRun: joining(captures),
    };
    const made = createMachine(setting);
    return [node.name, { ...made, machine: watched(made.machine, conditions), setting }];
  });
  return new Map(members);
}

function takeLease({ plan, processHost, report, options }: SetUp): Promise<Lease> {
  return processHost.lease({
    name: plan.name,
    ...costOf(plan),
    signal: options.signal,
    onWait: (reason) => report({ type: "waiting", reason }),
    onNotice: (text) => report({ type: "notice", text }),
  });
}

/** The accelerator is tried with what some machine boots. */
function anyOf(images: ReadonlyMap<string, BootFiles>): Pick<BootFiles, "kernel" | "initrd" | "kernelParams"> {
  const [files] = images.values();
  if (!files) throw new Error("a plan has at least one machine, and every machine an image");
  const { kernel, initrd, kernelParams } = files;
  return { kernel, initrd, kernelParams };
}
