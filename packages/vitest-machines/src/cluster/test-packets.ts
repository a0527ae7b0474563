import type { Capture, Cluster } from "@vitest-machines/driver";

type PacketEvidence = NonNullable<Cluster["packetEvidence"]>;

/** What passes on the networks of a cluster that is declared with `capture` while one test runs. */
export class TestPackets {
  readonly #evidence: PacketEvidence | undefined;
  readonly #capture: Capture | undefined;

  private constructor(evidence?: PacketEvidence, capture?: Capture) {
    this.#evidence = evidence;
    this.#capture = capture;
  }

  /** @throws CAPTURE_FAILED */
  static async begin(cluster: Cluster | undefined): Promise<TestPackets> {
    const evidence = cluster?.packetEvidence;
    return new TestPackets(evidence, await evidence?.watch());
  }

  async end(): Promise<void> {
    // What could not be recorded is told when the suite ends; here it would stand in the place of the test's own error.
    await this.#capture?.stop().catch(() => undefined);
  }

  /** For a test that has failed; undefined when nothing is recorded. */
  async tell(): Promise<string | undefined> {
    if (!this.#evidence || !this.#capture) return undefined;
    try {
      return await this.#evidence.tell(this.#capture);
    } catch (error) {
      // The other evidence is not to be lost with this.
      return `what passed cannot be told: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
