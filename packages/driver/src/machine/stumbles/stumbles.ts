import { MachinesError } from "@vitest-machines/host";
import { setImmediate } from "node:timers/promises";
import type { StumbleKind } from "../../topology/declaration.ts";
import type { MachineSetting } from "../setting.ts";
import { stumbleIn, type Stumble } from "./stumble-in.ts";

/** What went wrong in one guest by itself, until somebody takes it. */
export class Stumbles {
  readonly #machine: string;
  readonly #allowed: readonly StumbleKind[];
  readonly #onStumble: (stumble: Stumble) => void;
  #untold: Stumble[] = [];
  #allowing = 0;

  /** @param allowed kinds that nobody wants to hear of */
  constructor(machine: string, allowed: readonly StumbleKind[], onStumble: (stumble: Stumble) => void) {
    this.#machine = machine;
    this.#allowed = allowed;
    this.#onStumble = onStumble;
  }

  /** Whether there is something to take. */
  get some(): boolean {
    return this.#untold.length > 0;
  }

  /** Looks at a line of the console. */
  read(line: string): void {
    const stumble = stumbleIn(line);
    if (!stumble || this.#allowing > 0 || this.#allowed.includes(stumble.kind)) return;
    this.#untold.push(stumble);
    this.#onStumble(stumble);
  }

  /** Nothing that happens during `work` counts. */
  async allow<T>(work: () => T | Promise<T>): Promise<T> {
    this.#allowing++;
    try {
      return await work();
    } finally {
      await consolesRead();
      this.#allowing--;
    }
  }

  /** Everything since the last time, as one error. @param consoleTail what the console says then, as evidence */
  async take(consoleTail: () => readonly string[]): Promise<MachinesError | undefined> {
    await consolesRead();
    const [first, ...more] = this.#untold;
    this.#untold = [];
    if (!first) return undefined;
    const machine = this.#machine;
    const others = more.length === 0 ? [] : [`After it:\n${more.map(({ what }) => what).join("\n")}`];
    return new MachinesError("GUEST_STUMBLED", `${machine}: ${first.what}.`, {
      machine,
      facts: { kind: first.kind, count: more.length + 1 },
      evidence: [...others, ...consoleTail()],
      hint: `If that is what the test is about: allow: [${JSON.stringify(first.kind)}] on the node, or ${machine}.allowStumbles().`,
    });
  }
}

/**
 * A guest's words have reached the host before the result of the command that they are about, but each has a socket of its own,
 * and Node may read the result first. What is there is read within two turns.
 */
async function consolesRead(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** Those of a machine, which are reported as they happen. */
export function stumblesOf({ node, trace, report }: Pick<MachineSetting, "node" | "trace" | "report">): Stumbles {
  return new Stumbles(node.name, node.allow ?? [], ({ kind, what }) => {
    trace.add({ type: "error", machine: node.name, code: "GUEST_STUMBLED", message: what });
    report({ type: "machine-stumbled", machine: node.name, kind, what });
  });
}
