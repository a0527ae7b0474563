import { debian, type Machine } from "vitest-machines";

export const members = ["one", "two", "three"] as const;

/** etcd as Debian has it: every machine is a member, and finds the others by name. */
export const image = debian({
  packages: ["etcd-server"],
  files: {
    "/etc/systemd/system/etcd.service.d/member.conf": `
[Service]
Environment=ETCD_INITIAL_CLUSTER=${members.map((name) => `${name}=http://${name}:2380`).join(",")}
Environment=ETCD_INITIAL_ADVERTISE_PEER_URLS=http://%H:2380
Environment=ETCD_ADVERTISE_CLIENT_URLS=http://%H:2379
Environment=ETCD_LISTEN_PEER_URLS=http://0.0.0.0:2380
Environment=ETCD_LISTEN_CLIENT_URLS=http://127.0.0.1:2379
# Longer than etcd's own 100 and 1000: emulated machines on a busy host may be slow to answer.
Environment=ETCD_HEARTBEAT_INTERVAL=500
Environment=ETCD_ELECTION_TIMEOUT=5000
`,
  },
  // A member is up when it has found others, so none is waited for while machines boot.
  run: ["systemctl disable --quiet etcd"],
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const plain = (text: string): string => Buffer.from(text, "base64").toString();

/** Asks the member that runs on a machine. Throws what it says when it refuses. */
async function ask<T>(machine: Machine, what: string, body: object): Promise<T> {
  const answer = await machine.fetch(`http://localhost:2379/v3/${what}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${machine.name} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Returns when the cluster has acknowledged the write. */
export async function write(machine: Machine, key: string, value: string): Promise<void> {
  await ask(machine, "kv/put", { key: base64(key), value: base64(value) });
}

interface Range {
  readonly kvs?: readonly { readonly key: string; readonly value: string }[];
}

/** All that there is, by key: as a majority knows it, or as the member alone remembers it. */
export async function read(machine: Machine, { alone = false } = {}): Promise<Record<string, string>> {
  const everything = { key: base64("\0"), range_end: base64("\0"), serializable: alone };
  const { kvs = [] } = await ask<Range>(machine, "kv/range", everything);
  return Object.fromEntries(kvs.map(({ key, value }) => [plain(key), plain(value)]));
}

interface Status {
  readonly leader?: string;
  readonly header: { readonly member_id: string };
}

/** Whether the member on a machine leads, as far as it knows. */
export async function leads(machine: Machine): Promise<boolean> {
  const { leader, header } = await ask<Status>(machine, "maintenance/status", {});
  return leader === header.member_id;
}
