/** What a gate lets through. JSON. */
export interface GatePolicy {
  /** To addresses outside of the host, and to the resolver at 10.0.2.3. */
  readonly internet: boolean;
  /** A port of the host's loopback that answers for the resolver. Undefined: the host's own resolver does. */
  readonly dnsPort?: number | undefined;
  /** TCP ports of the host's loopback that the guest finds at 10.0.2.4. */
  readonly ports: readonly number[];
}

/** The policy of a gate that was told none. */
export const shut: GatePolicy = { internet: false, ports: [] };
