import { describe, expect } from "vitest";
import { cluster, debian, type Machine } from "vitest-machines";

// Machines that claim names by multicast DNS, without any server, and look them up as every program does: by glibc's NSS.
const image = debian({
  packages: ["avahi-daemon", "avahi-utils", "libnss-mdns"],
  files: {
    // Debian's own line asks for IPv4 addresses alone.
    "/etc/nsswitch.conf":
      "passwd: files\ngroup: files\nshadow: files\nhosts: files mdns_minimal [NOTFOUND=return] dns\n",
    // Claims a name for the machine's own addresses, until one of the two is lost.
    "/usr/local/bin/claim": {
      content: `#!/bin/bash -e
for address in $(ip -o addr show eth1 scope global | sed -E 's,.*inet6? ([0-9a-f.:]+)/.*,\\1,'); do
  avahi-publish-address --no-reverse "$1.local" "$address" &
done
wait -n
`,
      mode: 0o755,
    },
  },
  units: {
    // Whoever finds a name taken asks again every second: it is theirs as soon as it is free.
    "claim@.service": `
[Unit]
BindsTo=avahi-daemon.service
After=avahi-daemon.service
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/local/bin/claim %i
Restart=always
RestartSec=1
[Install]
WantedBy=avahi-daemon.service
`,
  },
});

const alphas = ["192.168.1.1", "2001:db8:1::1"] as const;
const betas = ["192.168.1.2", "2001:db8:1::2"] as const;
const gammas = ["192.168.1.3", "2001:db8:1::3"] as const;
const patient = { timeout: 60_000 };

// Whoever loses a name to another machine: its avahi-publish-address ends with an assertion of its own, and a core dump.
const node = { image, allow: ["coreDumps"] } as const;
const nodes = { alpha: node, beta: node, gamma: node };

/** Makes a machine claim names, now and after every boot. */
const claim = (machine: Machine, ...names: string[]): Promise<string> =>
  machine.succeed(`systemctl enable --quiet --now ${names.map((name) => `claim@${name}`).join(" ")}`);

/** Waits until all machines resolve all names to both addresses of their owner. */
const resolve = (machines: Machine[], names: string[], [v4, v6]: readonly [string, string]): Promise<unknown> => {
  const all = names.map((name) => `${name}.local`).join(" ");
  const count = (family: string, address: string): string =>
    `test "$(getent ${family} ${all} | grep --count '^${address} *STREAM')" = ${names.length}`;
  const check = `${count("ahostsv4", v4)} && ${count("ahostsv6", v6)}`;
  return Promise.all(machines.map((machine) => machine.waitUntilSucceeds(check, patient)));
};

/** Waits until no machine resolves any of the names. */
const forget = (machines: Machine[], ...names: string[]): Promise<unknown> =>
  Promise.all(
    machines.flatMap((machine) => names.map((name) => machine.waitUntilFails(`getent ahosts ${name}.local`, patient))),
  );

describe("machines that claim names", () => {
  const { it, alpha, beta, gamma } = cluster({ nodes });
  const everyone = [alpha, beta, gamma];

  it("know each other's plain names from /etc/hosts, and names under .local by multicast alone", async () => {
    for (const machine of everyone) {
      await machine.waitForUnit("avahi-daemon.service");
      await machine.succeed("getent --service=hosts:files hosts alpha beta gamma");
      await machine.fail("getent --service=hosts:files hosts alpha.local");
      await machine.fail("getent --service=hosts:dns hosts alpha.local");
    }
    await resolve(everyone, ["alpha"], alphas);
    await resolve(everyone, ["beta"], betas);
    await resolve(everyone, ["gamma"], gammas);
  });

  it("resolve what they have claimed themselves", async () => {
    await claim(alpha, "mercury", "venus", "earth");
    await resolve([alpha], ["mercury", "venus", "earth"], alphas);
  });

  it("resolve what others claim, and leave a name to whoever had it first", async () => {
    await claim(beta, "mars", "jupiter");
    await claim(gamma, "earth", "saturn", "uranus", "neptune");
    await resolve(everyone, ["mercury", "venus", "earth"], alphas);
    await resolve(everyone, ["mars", "jupiter"], betas);
    await resolve(everyone, ["saturn", "uranus", "neptune"], gammas);
  });

  it("withdraw their claims when they shut down; a name that another one wants, too, goes to it", async () => {
    await alpha.shutdown();
    await forget([beta, gamma], "mercury", "venus");
    await resolve([beta, gamma], ["earth"], gammas);
  });

  it("have them back when they are back, but for what others hold now", async () => {
    await alpha.start();
    await alpha.waitUntilReady();
    await resolve(everyone, ["mercury", "venus"], alphas);
    await resolve(everyone, ["earth"], gammas);
  });

  it("lose them some time after a power cut, when nobody has renewed them", async () => {
    await resolve([alpha, gamma], ["mars", "jupiter"], betas);
    await beta.crash();
    // Nothing told the others. What they remember is good for two minutes, which nobody needs to wait.
    await Promise.all([alpha, gamma].map((machine) => machine.succeed("date --set '+3 minutes'")));
    await forget([alpha, gamma], "mars", "jupiter");
  });

  it("resolve nothing where the service is stopped, and are gone for others", async () => {
    await alpha.stopJob("avahi-daemon.socket");
    await alpha.stopJob("avahi-daemon.service");
    await forget([alpha], "mercury", "venus", "earth", "saturn");
    await forget([gamma], "mercury", "venus");
  });
});

describe("two machines that want to be called the same", () => {
  const { it, alpha, beta, gamma } = cluster({ nodes });

  it("are told apart by a number", async () => {
    await Promise.all([alpha, beta].map((machine) => machine.succeed("avahi-set-host-name pluto")));
    const find = (name: string): Promise<string> =>
      gamma.waitUntilSucceeds(`getent ahostsv4 ${name}.local | cut -d' ' -f1 | sort -u`, patient);
    const found = [(await find("pluto")).trim(), (await find("pluto-2")).trim()];
    expect(found.sort()).toEqual([alphas[0], betas[0]]);
  });
});
