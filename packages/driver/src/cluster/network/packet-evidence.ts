import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Capture } from "../../network/packets/capture.ts";
import type { Captures } from "../../network/packets/captures.ts";
import type { DeclaredCapture } from "../../topology/capture/capture.ts";
import type { ClusterPlan } from "../../topology/plan.ts";
import type { Trace } from "../../trace/trace.ts";

export interface PacketEvidenceParts {
  readonly captures: Captures;
  readonly declared: DeclaredCapture;
  readonly plan: Pick<ClusterPlan, "networks">;
  /** Where files are left; undefined for nowhere. */
  readonly folder: string | undefined;
  readonly trace: Trace;
}

/** What a cluster that is declared with `capture` records by itself, and leaves behind. */
export class PacketEvidence {
  readonly #parts: PacketEvidenceParts;
  readonly #whole: Capture;
  /** A cluster that does not come up leaves what it has recorded, too. */
  #isKept = true;
  #finishing: Promise<void> | undefined;

  private constructor(parts: PacketEvidenceParts, whole: Capture) {
    this.#parts = parts;
    this.#whole = whole;
  }

  static async begin(parts: PacketEvidenceParts): Promise<PacketEvidence> {
    return new PacketEvidence(parts, await parts.captures.start(parts.declared));
  }

  /** The cluster is up: from now on failures are told by {@link tell}. */
  up(): void {
    this.#isKept = !this.#parts.declared.onFailure;
  }

  /** Records a test of its own. */
  watch(): Promise<Capture> {
    return this.#parts.captures.start(this.#parts.declared);
  }

  /** What happened in a test that has failed, and where all packets will be. */
  async tell(test: Capture): Promise<string> {
    this.#isKept = true;
    const files = this.#files.map(({ file }) => relative(process.cwd(), file));
    const where = files.length === 0 ? [] : [`All packets, when the suite has ended: ${files.join(", ")}`];
    return [await test.timeline(), ...where].join("\n");
  }

  /** Leaves the files, or nothing. Idempotent. @throws CAPTURE_FAILED, and the system's errors */
  finish(): Promise<void> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  async #finish(): Promise<void> {
    await this.#whole.stop();
    if (!this.#isKept) return;
    for (const { vlan, file } of this.#files) {
      await mkdir(join(file, ".."), { recursive: true });
      await this.#whole.save(file, { network: vlan });
      this.#parts.trace.add({ type: "packets", file });
    }
  }

  /** One for each network. */
  get #files(): { vlan: number; file: string }[] {
    const { folder, declared, plan } = this.#parts;
    if (folder === undefined) return [];
    const names = new Map([...plan.networks].map(([name, { vlan }]) => [vlan, name]));
    return declared.vlans.map((vlan) => ({
      vlan,
      file: join(folder, "packets", `${names.get(vlan) ?? `vlan-${vlan}`}.pcapng`),
    }));
  }
}
