/** What a DHCP message is for (RFC 2132, option 53). */
export const kinds = {
  1: "DISCOVER",
  2: "OFFER",
  3: "REQUEST",
  4: "DECLINE",
  5: "ACK",
  6: "NAK",
  7: "RELEASE",
  8: "INFORM",
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

export const options = {
  subnetMask: 1,
  router: 3,
  resolver: 6,
  mtu: 26,
  requestedAddress: 50,
  leaseTime: 51,
  kind: 53,
  server: 54,
} as const;
const pad = 0;
const end = 255;

/** Where in a message things are. */
const at = {
  operation: 0,
  hardware: 1,
  hardwareLength: 2,
  transaction: 4,
  flags: 10,
  clientAddress: 12,
  yourAddress: 16,
  relayAddress: 24,
  clientMac: 28,
  cookie: 236,
  options: 240,
} as const;
const request = 1;
const reply = 2;
const ethernet = 1;
const macLength = 6;
const cookie = 0x63825363;
const broadcastFlag = 0x8000;
/** What BOOTP messages were at least, and some clients still expect. */
const shortest = 300;

/** What a client asks. Addresses are numbers; 0 is none. */
export interface Query {
  readonly kind: Kind;
  readonly transaction: number;
  /** It takes no packets for an address that it does not have yet. */
  readonly wantsBroadcast: boolean;
  readonly mac: Buffer;
  /** The address that it has. */
  readonly clientAddress: number;
  /** The address that it would like to have. */
  readonly requested: number | undefined;
  /** The server whose offer it takes. */
  readonly server: number | undefined;
}

/** What a client is told. */
export interface Reply {
  readonly kind: "OFFER" | "ACK" | "NAK";
  /** 0 for none. */
  readonly yourAddress: number;
  /** Beside {@link options.kind}. */
  readonly settings: ReadonlyMap<number, Buffer>;
}

/** Undefined for what is no whole message of a client on this very network. */
export function readQuery(message: Buffer): Query | undefined {
  if (message.length < at.options || message[at.operation] !== request) return undefined;
  if (message[at.hardware] !== ethernet || message[at.hardwareLength] !== macLength) return undefined;
  // From another network, which a relay speaks for: there is none.
  if (message.readUInt32BE(at.cookie) !== cookie || message.readUInt32BE(at.relayAddress) !== 0) return undefined;
  const settings = readOptions(message);
  const kind = kinds[settings.get(options.kind)?.[0] as keyof typeof kinds] as Kind | undefined;
  if (kind === undefined) return undefined;
  return {
    kind,
    transaction: message.readUInt32BE(at.transaction),
    wantsBroadcast: (message.readUInt16BE(at.flags) & broadcastFlag) !== 0,
    mac: Buffer.from(message.subarray(at.clientMac, at.clientMac + macLength)),
    clientAddress: message.readUInt32BE(at.clientAddress),
    requested: addressIn(settings.get(options.requestedAddress)),
    server: addressIn(settings.get(options.server)),
  };
}

export function writeReply(query: Query, { kind, yourAddress, settings }: Reply): Buffer {
  const [code] = Object.entries(kinds).find(([, name]) => name === kind) ?? [];
  const all = new Map<number, Buffer>([[options.kind, Buffer.of(Number(code))], ...settings]);
  const written = [...all].flatMap(([option, value]) => [Buffer.of(option, value.length), value]);
  const head = Buffer.alloc(at.options);
  head[at.operation] = reply;
  head[at.hardware] = ethernet;
  head[at.hardwareLength] = macLength;
  head.writeUInt32BE(query.transaction, at.transaction);
  head.writeUInt16BE(query.wantsBroadcast ? broadcastFlag : 0, at.flags);
  head.writeUInt32BE(kind === "ACK" ? query.clientAddress : 0, at.clientAddress);
  head.writeUInt32BE(yourAddress, at.yourAddress);
  query.mac.copy(head, at.clientMac);
  head.writeUInt32BE(cookie, at.cookie);
  const message = Buffer.concat([head, ...written, Buffer.of(end)]);
  return Buffer.concat([message, Buffer.alloc(Math.max(0, shortest - message.length))]);
}

/** What stands twice counts as it stands first. */
export function readOptions(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let offset: number = at.options;
  while (offset < message.length && message[offset] !== end) {
    const option = message[offset] ?? pad;
    if (option === pad) {
      offset += 1;
      continue;
    }
    const next = offset + 2 + (message[offset + 1] ?? 0);
    if (next > message.length) break;
    if (!found.has(option)) found.set(option, message.subarray(offset + 2, next));
    offset = next;
  }
  return found;
}

function addressIn(value: Buffer | undefined): number | undefined {
  return value?.length === 4 ? value.readUInt32BE() : undefined;
}
