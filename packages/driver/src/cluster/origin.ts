/** How the machines of a cluster came to be. */
export type Origin =
  | {
      readonly how: "booted";
      /** A layer was made of it, for later clusters. */
      readonly frozen: boolean;
    }
  | {
      readonly how: "forked";
      readonly layerKey: string;
      /** Since the layer was made, in milliseconds. */
      readonly ageMs: number;
      /** What making the layer took, in milliseconds. */
      readonly madeInMs: number;
      /** The fork had been made ahead of time. */
      readonly spare: boolean;
    }
  /** They go on as an earlier cluster has left them. */
  | { readonly how: "kept"; readonly layerKey: string };
