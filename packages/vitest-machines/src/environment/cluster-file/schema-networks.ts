import * as v from "valibot";

/** A card of a machine in a cluster file. */
export interface CardOfFile {
  network: number | string;
  addresses?: string[] | undefined;
  mtu?: number | undefined;
  dhcp?: boolean | undefined;
  tagged?: number[] | undefined;
  untagged?: number | undefined;
  mirror?: boolean | undefined;
}

/** A DHCP server in a cluster file. */
export interface DhcpOfFile {
  router?: string | false | undefined;
  dns?: string | undefined;
  range?: [string, string] | undefined;
}

/** A network in a cluster file. */
export interface NetworkOfFile {
  vlan?: number | undefined;
  ipv4?: string | false | undefined;
  ipv6?: string | false | undefined;
  mtu?: number | undefined;
  dhcp?: boolean | DhcpOfFile | undefined;
}

export const card: v.GenericSchema<CardOfFile> = v.strictObject({
  network: v.pipe(v.union([v.number(), v.string()]), v.description("1 to 255, or a name of `networks`.")),
  addresses: v.optional(
    v.pipe(v.array(v.string()), v.description("With lengths, such as 10.0.0.1/24. Default: those of its network.")),
  ),
  mtu: v.optional(v.pipe(v.number(), v.description("Default: the network's."))),
  dhcp: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Whether it asks for its IPv4 address. Default: whether its network has `dhcp`."),
    ),
  ),
  tagged: v.optional(
    v.pipe(v.array(v.number()), v.description("802.1Q VLANs that pass its port with their tags. Default: [].")),
  ),
  untagged: v.optional(
    v.pipe(v.number(), v.description("802.1Q VLAN of its untagged frames. Default: the network itself.")),
  ),
  mirror: v.optional(
    v.pipe(v.boolean(), v.description("Shows what all other cards of the network send. Default: false.")),
  ),
});

const dhcpServer: v.GenericSchema<DhcpOfFile> = v.strictObject({
  router: v.optional(
    v.pipe(
      v.union([v.string(), v.literal(false)]),
      v.description(
        "A machine or an address; false for none. Default: the machine that is a router with this network inside.",
      ),
    ),
  ),
  dns: v.optional(v.pipe(v.string(), v.description("A machine or an address. Default: none."))),
  range: v.optional(
    v.pipe(
      v.tuple([v.string(), v.string()]),
      v.description("First and last address for cards that are no machine's. Default: the network's upper half."),
    ),
  ),
});

export const network: v.GenericSchema<NetworkOfFile | null> = v.nullable(
  v.strictObject({
    vlan: v.optional(v.pipe(v.number(), v.description("1 to 255. Default: the lowest that is free."))),
    ipv4: v.optional(
      v.pipe(v.union([v.string(), v.literal(false)]), v.description("Such as 10.1.0.0/16; false for none.")),
    ),
    ipv6: v.optional(
      v.pipe(v.union([v.string(), v.literal(false)]), v.description("Such as fd00:1::/64; false for none.")),
    ),
    mtu: v.optional(v.pipe(v.number(), v.description("In bytes, 68 to 1500. Default: 1500."))),
    dhcp: v.optional(
      v.pipe(v.union([v.boolean(), dhcpServer]), v.description("Whether it has a DHCP server. Default: false.")),
    ),
  }),
);

const place = v.union([v.string(), v.number()]);

export const router: v.GenericSchema<boolean | { outer: string | number | (string | number)[] }> = v.union([
  v.boolean(),
  v.strictObject({
    outer: v.pipe(
      v.union([place, v.array(place)]),
      v.description("Networks or cards by which packets leave as its own."),
    ),
  }),
]);
