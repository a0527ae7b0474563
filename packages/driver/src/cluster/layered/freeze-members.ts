import { isMachinesError, type Deadline } from "@vitest-machines/host";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { AgentSession } from "../../agent/session.ts";
import type { Site } from "../../layers/fork/open-fork.ts";
import { freeze, type FreezeSubject, type FrozenFiles } from "../../layers/freeze/freeze.ts";
import { obstacleToFreezing } from "../../layers/freeze/migration.ts";
import { savePrivateMemory, saveSharedMemory } from "../../layers/freeze/save-memory.ts";
import { linkProofs, workingLinks, type LinkProof } from "../../layers/links.ts";
import type { ForkBasis, ForkNode } from "../../layers/recipe.ts";
import { planDisks } from "../../qemu/disks/plan.ts";
import { machineFiles } from "../../qemu/files.ts";
import type { Crew } from "../crew.ts";

/** A cluster that is about to be frozen. */
export interface FreezePlan {
  readonly subjects: readonly FreezeSubject[];
  readonly links: readonly LinkProof[];
  /** What its files will take at most, in bytes. */
  readonly bytes: number;
  /** Why it cannot be frozen, where it cannot. */
  readonly obstacle: string | undefined;
}

export interface FreezeOrder {
  readonly crew: Crew;
  readonly recipe: ForkBasis;
  readonly site: Site;
  readonly deadline: Deadline;
}

/** Looks at what is to be frozen, and lets each machine use once what its forks will use first. */
export async function planFreeze(order: FreezeOrder): Promise<FreezePlan> {
  const sessions = new Map<string, AgentSession>();
  const subjects = await Promise.all(
    order.recipe.nodes.map(async (node) => {
      const { subject, obstacle } = await subjectOf(order, node);
      sessions.set(node.name, subject.session);
      return { subject, obstacle: obstacle === undefined ? undefined : `${node.name}: ${obstacle}` };
    }),
  );
  const sessionOf = (name: string): AgentSession => sessions.get(name) as AgentSession;
  const links = await workingLinks(linkProofs(order.recipe.nodes), sessionOf, order.deadline);
  const sizes = await Promise.all(subjects.map(({ subject }) => sizeOf(subject, order)));
  return {
    subjects: subjects.map(({ subject }) => subject),
    links,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    obstacle: subjects.find((one) => one.obstacle !== undefined)?.obstacle,
  };
}

/** Freezes what was planned; the machines are left stopped. @throws FREEZE_FAILED, QMP_FAILED, ABORTED, the system's errors */
export function freezeMembers({ subjects }: FreezePlan, folder: string, deadline: Deadline): Promise<FrozenFiles> {
  return freeze(subjects, folder, deadline);
}

async function subjectOf(
  { crew, recipe, site, deadline }: FreezeOrder,
  node: ForkNode,
): Promise<{ subject: FreezeSubject; obstacle: string | undefined }> {
  const member = crew.get(node.name);
  if (!member) throw new Error(`the cluster has no machine ${node.name}`);
  const { power, shell } = member;
  const { life, agent: session } = await power.live(deadline.signal);
  const { qmp, memory } = life.qemu;
  const { folder, layerDisks } = power.seat;
  const files = machineFiles(folder);
  const saveMemory =
    memory === "shared"
      ? saveSharedMemory(node.name, qmp, files)
      : savePrivateMemory({ recipe, node, qmp, site, layerDisks, folder: join(folder, "x") });
  const subject: FreezeSubject = {
    name: node.name,
    number: node.number,
    qmp,
    session,
    files,
    disks: await planDisks(node, node.boot, files, layerDisks),
    layerDisks,
    printed: life.console.text,
    // Asking starts a process, as the first command after a fork will.
    shell: await shell.name(session, life),
    saveMemory,
  };
  return { subject, obstacle: await obstacleToFreezing(qmp) };
}

async function sizeOf({ disks, files, name }: FreezeSubject, { recipe }: FreezeOrder): Promise<number> {
  const memoryMiB = recipe.nodes.find((node) => node.name === name)?.memoryMiB ?? 0;
  const sizes = await Promise.all([files.ram, ...disks.map(({ overlay }) => overlay)].map(allocated));
  const [ram = 0, ...rest] = sizes;
  // Only QEMU knows how much of a private memory is in use.
  return (ram > 0 ? ram : memoryMiB * 1024 * 1024) + rest.reduce((sum, size) => sum + size, 0);
}

/** Bytes on the file system; 0 for what is not there. */
async function allocated(path: string): Promise<number> {
  try {
    return (await stat(path)).blocks * 512;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** The reason of a failed freeze in a line, for a notice. */
export function reasonOf(error: unknown): string {
  if (isMachinesError(error)) return error.summary;
  return error instanceof Error ? error.message : String(error);
}
