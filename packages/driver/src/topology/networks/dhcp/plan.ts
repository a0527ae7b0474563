/** What the DHCP server of a network goes by. JSON. */
export interface DhcpPlan {
  readonly vlan: number;
  /** Of the server itself. */
  readonly mac: string;
  readonly address: string;
  /** Length of the network's prefix. */
  readonly length: number;
  /** By MAC: nobody else gets these. */
  readonly leases: Readonly<Record<string, string>>;
  /** First and last address for cards that are not among them. */
  readonly range: readonly [string, string];
  /** What cards have that ask nobody. */
  readonly taken: readonly string[];
  readonly router?: string | undefined;
  readonly dns?: string | undefined;
  readonly mtu?: number | undefined;
}
