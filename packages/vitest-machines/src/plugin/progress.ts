import type { BootEvent } from "../door/protocol.ts";

/** A boot that takes no longer than this is one line, said when it is up. */
const quietMs = 2_000;
/** How often a longer one is spoken of; a log of a CI run is not a terminal. */
const repeatMs = 10_000;

interface Boot {
  readonly cluster: string;
  /** When it stopped waiting for the budget, which is nobody's slowness. */
  startedAt: number;
  readonly nodes: Map<string, { phase: string; readyMs?: number }>;
  waiting: string | undefined;
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
      case "phase":
        if (boot.waiting !== undefined) boot.startedAt = performance.now();
        boot.waiting = undefined;
        boot.nodes.set(event.node, { phase: event.phase });
        break;
      case "ready":
        boot.nodes.set(event.node, { phase: "ready", readyMs: event.ms });
        break;
      case "up":
        this.#print(`${boot.cluster}: up in ${seconds(performance.now() - boot.startedAt)} (${times(boot)})`);
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
      timer: undefined,
    };
    this.#boots.set(event.boot, boot);
    const speak = (after: number): void => {
      boot.timer = setTimeout(() => {
        if (boot.waiting === undefined) this.#print(`booting ${boot.cluster}: ${times(boot)}`);
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

function times(boot: Boot): string {
  const elapsed = performance.now() - boot.startedAt;
  return [...boot.nodes]
    .map(([node, { phase, readyMs }]) =>
      readyMs === undefined ? `${node} ${phase} ${seconds(elapsed)}…` : `${node} ${seconds(readyMs)}`,
    )
    .join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
