import type { Origin } from "@vitest-machines/driver";
import type { BootEvent } from "../door/protocol.ts";

/** A boot that takes no longer than this is one line, said when it is up. */
const quietMs = 2_000;
/** How often a longer one is spoken of; a log of a CI run is not a terminal. */
const repeatMs = 10_000;

interface Boot {
  readonly cluster: string;
  /** When it had its images and stopped waiting for the budget: neither is the machines' slowness. */
  startedAt: number;
  readonly nodes: Map<string, { phase: string; readyMs?: number }>;
  waiting: string | undefined;
  /** Whether images are made for it, and no machine of it has begun. */
  isPreparing: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Turns what workers report into few, whole lines, so that terminals, pipes and CI logs show the same. */
export class BootProgress {
  readonly #print: (line: string) => void;
  readonly #boots = new Map<string, Boot>();
  readonly #said = new Set<string>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** A new run may say its notices again. */
  beginRun(): void {
    this.#said.clear();
  }

  report(event: BootEvent): void {
    if (event.kind === "notice") {
      this.#notice(event.text);
      return;
    }
    if (event.kind === "booting") {
      this.#begin(event);
      return;
    }
    const boot = this.#boots.get(event.boot);
    if (!boot) return;
    switch (event.kind) {
      case "waiting":
        if (boot.waiting !== event.reason) this.#print(`${boot.cluster}: ${event.reason}`);
        boot.waiting = event.reason;
        break;
      case "image":
        this.#notice(event.text);
        boot.isPreparing = true;
        break;
      case "phase":
        if (boot.waiting !== undefined || boot.isPreparing) boot.startedAt = performance.now();
        boot.waiting = undefined;
        boot.isPreparing = false;
        // One that was ready has been frozen and goes on as a fork; its boot is what took its time.
        if (boot.nodes.get(event.node)?.readyMs === undefined) boot.nodes.set(event.node, { phase: event.phase });
        break;
      case "ready":
        if (boot.nodes.get(event.node)?.readyMs === undefined) {
          boot.nodes.set(event.node, { phase: "ready", readyMs: event.ms });
        }
        break;
      case "up":
        this.#print(`${boot.cluster}: ${upLine(event.origin, performance.now() - boot.startedAt, times(boot))}`);
        this.#end(event.boot, boot);
        break;
      case "failed":
        this.#print(`${boot.cluster}: not up after ${seconds(performance.now() - boot.startedAt)} (${times(boot)})`);
        this.#end(event.boot, boot);
        break;
    }
  }

  /** The worker is gone, or the run is over. */
  close(): void {
    this.#boots.forEach((boot) => clearTimeout(boot.timer));
    this.#boots.clear();
  }

  #begin(event: Extract<BootEvent, { kind: "booting" }>): void {
    const nodes = new Map(event.nodes.map((node) => [node, { phase: "starting" }]));
    const boot: Boot = {
      cluster: event.cluster,
      startedAt: performance.now(),
      nodes,
      waiting: undefined,
      isPreparing: false,
      timer: undefined,
    };
    this.#boots.set(event.boot, boot);
    const speak = (after: number): void => {
      boot.timer = setTimeout(() => {
        if (boot.waiting === undefined) this.#print(stateOf(boot));
        speak(repeatMs);
      }, after).unref();
    };
    speak(quietMs);
  }

  #end(id: string, boot: Boot): void {
    clearTimeout(boot.timer);
    this.#boots.delete(id);
  }

  #notice(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#print(text);
  }
}

/** How a cluster came up, and what that has saved. */
export function upLine(origin: Origin | undefined, elapsedMs: number, machines: string): string {
  if (origin?.how === "kept") return `goes on as the last run has left it, after ${seconds(elapsedMs)}`;
  if (origin?.how !== "forked") {
    const kept = origin?.frozen === true ? "; frozen, so that the next one is forked" : "";
    return `booted in ${seconds(elapsedMs)} (${machines})${kept}`;
  }
  const { madeInMs, ageMs, spare } = origin;
  const saved = Math.max(0, madeInMs - elapsedMs);
  return `forked in ${seconds(elapsedMs)}${spare ? " ahead of time" : ""} (${seconds(saved)} saved; layer of ${age(ageMs)})`;
}

function age(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return "just now";
  if (minutes < 90) return `${Math.round(minutes)} min ago`;
  const hours = minutes / 60;
  return hours < 36 ? `${Math.round(hours)} h ago` : `${Math.round(hours / 24)} days ago`;
}

/** What is going on, for whoever waits. */
function stateOf(boot: Boot): string {
  if (!boot.isPreparing) return `booting ${boot.cluster}: ${times(boot)}`;
  return `preparing images of ${boot.cluster}: ${seconds(performance.now() - boot.startedAt)}…`;
}

function times(boot: Boot): string {
  const elapsed = performance.now() - boot.startedAt;
  return [...boot.nodes]
    .map(([node, { phase, readyMs }]) =>
      readyMs === undefined ? `${node} ${phase} ${seconds(elapsed)}…` : `${node} ${seconds(readyMs)}`,
    )
    .join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 950 ? 2 : 1)} s`;
}
