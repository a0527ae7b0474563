import {
  costOf,
  withSignal,
  type Cluster,
  type ClusterDeclaration,
  type CreatedMachine,
  type Machine,
  type Machines,
  type Nodes,
} from "@vitest-machines/driver";
import { isMachinesError, MachinesError } from "@vitest-machines/host";
import { relative } from "node:path";
import { afterAll, aroundEach, beforeAll, beforeEach, TestRunner, type TestAPI } from "vitest";
import { bootError } from "./boot-error.ts";
import { createTest } from "./collector.ts";
import { currentTestEnd, currentTestSignal, withinTest } from "./current-test.ts";
import { CallSite } from "./call-site.ts";
import { attachEvidence, type FailedTest } from "./evidence.ts";
import { createHandle, type Stage } from "./handles.ts";
import { ClusterLife } from "./life.ts";
import { networkHandle } from "./network-handle.ts";
import { SuitePicture } from "./picture.ts";
import { Reservations } from "./reservation.ts";
import { TestPackets } from "./test-packets.ts";
import { note } from "../listing/record.ts";
import { planSuite, type PlannedSuite, type SuiteDeclaration } from "./suite-declaration.ts";

const reservations = new Reservations();

/** What `cluster()` returns: the machines by their names, tests that get them injected, and the cluster itself. */
export type ClusterSuite<N extends Nodes> = Machines<N> & {
  readonly it: TestAPI<Machines<N>>;
  readonly test: TestAPI<Machines<N>>;
  readonly cluster: Cluster<N>;
};

/**
 * Declares a cluster for the enclosing `describe`, or for the file. It is booted once, before the first test of the
 * suite and outside any time limit of tests, only when at least one test there or below is selected, and it is gone after
 * the last one. Declaring starts nothing.
 *
 * @throws DECLARATION_INVALID for a declaration that cannot work; HANDLE_MISUSE when called within a test
 */
export function cluster<const N extends Nodes>(declaration: SuiteDeclaration<N>): ClusterSuite<N> {
  const { machines, test, cluster: handle } = declare(declaration, CallSite.callerOf(cluster));
  return { ...machines, it: test, test, cluster: handle } as unknown as ClusterSuite<N>;
}

export interface Declared {
  readonly machines: Readonly<Record<string, Machine>>;
  readonly test: TestAPI<Machines>;
  readonly cluster: Cluster;
}

/** The same for callers that know their own place in the user's files. */
export function declare(suiteDeclaration: SuiteDeclaration, at: CallSite): Declared {
  const suite = enclosingSuite(at);
  const { declaration, reset, faults, plan } = understood(suiteDeclaration, at);
  const named = { ...plan, name: declaration.name ?? nameOf(suite.suite ?? suite.file) };
  note("used", named);
  const demand = costOf(plan);
  // A describe's collector has its suite already; the file's has not.
  reservations.add(suite.suite ?? suite.file, demand);
  const life = new ClusterLife(declaration, reset, fullName(suite));
  const stage = (): Stage => life.stage;
  const picture = new SuitePicture(named);
  const attach = async (test: FailedTest, packets: TestPackets): Promise<void> =>
    attachEvidence(test, {
      machines: life.machines,
      faults: life.faults,
      packets: await packets.tell(),
      picture: await picture.draw(life.tracePlace),
    });
  const blame = async (error: Error): Promise<Error> => {
    const drawn = await picture.draw(life.tracePlace);
    if (drawn) error.message += `\ntopology: ${drawn.text}`;
    return at.blame(error);
  };

  beforeAll(async ({}, hookSuite) => {
    try {
      await life.start(nameOf(hookSuite), demand, reservations.claim(hookSuite, demand));
    } catch (error) {
      throw await blame(bootError(error));
    }
  }, 0);
  afterAll(async () => {
    const stumble = await life.takeStumble();
    if (stumble) await blame(stumble);
    await life.end();
    if (stumble) throw stumble;
  }, 0);
  // Within a test's retries, too. A reset has its own limits.
  if (reset === "test") beforeEach(({ task, signal }) => life.renew(task, signal), 0);
  // After the reset, which would end it.
  if (faults) beforeEach(() => life.faults.unleash(faults), 0);
  // Destructured, because Vitest reads from the source text which fixtures a hook wants.
  aroundEach(async (runTest, { task, signal, annotate, onTestFailed }) => {
    const packets = await TestPackets.begin(life.cluster);
    onTestFailed(() => attach({ task, annotate }, packets));
    life.faults.begin();
    try {
      await withinTest(signal, runTest);
    } finally {
      await packets.end();
      await life.faults.end();
    }
    const stumble = await life.takeStumble();
    if (!stumble) return;
    // Vitest asks for it only when a test fails by itself.
    if (task.result?.state !== "fail") await attach({ task, annotate }, packets);
    throw at.blame(stumble);
  });

  const handleOf = (name: string, get: () => Machine | undefined, known: Record<PropertyKey, unknown> = {}): Machine =>
    createHandle<Machine>({
      label: `machine "${name}"`,
      stage,
      get,
      known: { name, ...known },
      adapt: (method, args) => {
        life.touch();
        return withSignal(method, args, currentTestSignal());
      },
    });
  const machines = Object.fromEntries(
    Object.keys(declaration.nodes).map((name) => [name, handleOf(name, () => life.machine(name))]),
  );
  const label = declaration.name === undefined ? "the cluster" : `cluster "${declaration.name}"`;
  const cluster = createHandle<Cluster>({
    label,
    stage,
    get: () => life.cluster,
    known: { network: networkHandle(life, label) },
    adapt: (method, args) => {
      life.touch();
      // A condition lasts as long as the test that sets it up; everything else is over before.
      return withSignal(method, args, method === "pollingCondition" ? currentTestEnd() : currentTestSignal());
    },
    adopt: (method, result) => {
      if (method !== "createMachine") return result;
      const created = result as CreatedMachine;
      const dispose = (): PromiseLike<void> => created[Symbol.asyncDispose]();
      return handleOf(created.name, () => created, { [Symbol.asyncDispose]: dispose });
    },
  });
  return { machines, test: createTest(machines, suite.file.filepath), cluster };
}

function enclosingSuite(at: CallSite): ReturnType<typeof TestRunner.getCurrentSuite> {
  if (TestRunner.getCurrentTest()) {
    throw at.blame(
      new MachinesError("HANDLE_MISUSE", "cluster() was called within a test", {
        hint: "Call it in a describe or at the top of the file: machines are booted before the first test of their suite.",
      }),
    );
  }
  try {
    return TestRunner.getCurrentSuite();
  } catch (cause) {
    throw at.blame(
      new MachinesError("HANDLE_MISUSE", "cluster() was called outside a Vitest test file", {
        cause,
        hint: 'In scripts use Cluster.start() from "vitest-machines/driver".',
      }),
    );
  }
}

function understood(
  declaration: SuiteDeclaration,
  at: CallSite,
): Omit<PlannedSuite, "cluster"> & { declaration: ClusterDeclaration } {
  try {
    const { cluster: own, ...suite } = planSuite(declaration);
    return { declaration: own, ...suite };
  } catch (error) {
    throw isMachinesError(error) ? at.blame(error) : error;
  }
}

/** The test file, relative to where Vitest was started, and the suites in it. */
function fullName({ file, suite }: ReturnType<typeof TestRunner.getCurrentSuite>): string {
  const names: string[] = [];
  for (let one = suite; one !== undefined; one = one.suite) names.unshift(one.name);
  return [relative(process.cwd(), file.filepath), ...names].join(" > ");
}

/** The suite's name, or for a cluster of a whole file the file's; such as the driver takes for a cluster's name. */
function nameOf(suite: { name: string }): string {
  const name = suite.name.split("/").at(-1) ?? "";
  return name.replace(/\p{C}/gu, " ").trim().slice(0, 100) || "cluster";
}
