import type { Machine } from "../../../src/index.ts";

/** Eight digits, so that writing over a number changes it as a whole. `1<>` neither empties nor replaces the file. */
const functions = `
put() { printf '%08d\\n' "$2" 1<> "$1"; }
force() { printf '%08d\\n' "$2" | dd of="$1" conv=notrunc,fsync 2> /dev/null; }
keep() { put /dev/memory "$1"; echo "$1" >> /var/lib/log; put /var/lib/cached "$1"; force /var/lib/forced "$1"; }
check() { [ "$1" = "$2" ] && return; echo "got $1 instead of $2" > /dev/broken; exit 1; }
while :; do
  for part in 1 2 3 4; do head -c 65536 /dev/urandom > /var/lib/load.$part; usleep 20000; done
done &
mkfifo /dev/out; exec 3<> /dev/out; n=0
`;

/**
 * They wait for each other: the client sends a number, the server keeps it and sends it back, the client keeps it and
 * sends the next one. What counts is a variable of each shell; /dev is memory, /var/lib is on a disk that is kept busy.
 */
const programs = {
  server: `${functions}
nc -l -p 4000 < /dev/out | while read -r got; do
  n=$((n + 1)); check "$got" "$n"; keep "$n"; echo "$n" >&3
done
echo ended >> /dev/broken
`,
  client: `${functions}
nc server 4000 < /dev/out | while n=$((n + 1)); put /dev/sent "$n"; echo "$n" >&3; read -r got; do
  check "$got" "$n"; keep "$n"
done
echo ended >> /dev/broken
`,
};

export interface Counters {
  readonly server: Machine;
  readonly client: Machine;
}

export async function startCounters(machines: Counters): Promise<void> {
  const start = async (name: "server" | "client"): Promise<void> => {
    await machines[name].succeed("cat > /var/lib/program", { stdin: programs[name] });
    await machines[name].succeed("setsid sh /var/lib/program > /dev/null 2>&1 < /dev/null & echo $! > /dev/group");
  };
  await start("server");
  await machines.server.waitUntilSucceeds("netstat -ltn | grep :4000");
  await start("client");
}

/** Waits until the client has kept a number that is larger than this. @returns that number */
export async function progressBeyond({ client }: Counters, number: number): Promise<number> {
  const look = `until [ "$(sed s/^0*// /dev/memory)" -gt ${number} ]; do usleep 2000; done; cat /dev/memory`;
  return Number(await client.succeed(look, { timeout: 120_000 }));
}

/** What one side has, all of it at one instant. */
export interface Side {
  readonly memory: number;
  /** What its page cache has of a file that nobody ever forced onto the disk. */
  readonly cached: number;
  /** What its disk has, read from there. */
  readonly forced: number;
  /** Every number in turn, and where the last one is. */
  readonly log: number;
  /** The client's alone. */
  readonly sent: number;
  /** What it complained about. */
  readonly broken: string;
}

/** Stops both sides and tells what they have. The client first: the server can then only finish what it was sent. */
export async function stopped({ client, server }: Counters): Promise<{ client: Side; server: Side }> {
  return { client: await stop(client), server: await stop(server) };
}

// One command, because a fork of a machine is slow at first.
const stopAndLook = `
kill -STOP -"$(cat /dev/group)"
for file in /dev/memory /var/lib/cached /dev/sent; do echo $(cat $file 2> /dev/null); done
# Past the page cache.
dd if=/var/lib/forced iflag=direct bs=4096 2> /dev/null
# The first line that is not its own number.
awk '$1 != NR { bad = NR; exit } END { print bad ? -bad : NR }' /var/lib/log
cat /dev/broken /var/lib/late 2> /dev/null || true
dmesg | grep -E 'EXT4-fs (error|warning)|I/O error' || true
`;

async function stop(machine: Machine): Promise<Side> {
  const text = await machine.succeed(stopAndLook);
  const [memory = "", cached = "", sent = "", forced = "", log = "", ...broken] = text.split("\n");
  return {
    memory: Number(memory),
    cached: Number(cached),
    forced: Number(forced),
    sent: Number(sent),
    log: Number(log),
    broken: broken.join("\n").trim(),
  };
}
