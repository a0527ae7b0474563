import { debian, type DebianOptions, type Image } from "vitest-machines";

/** One system, which is installed once; each role starts what it needs. */
const packages = [
  ...["curl", "nftables", "transmission-daemon", "transmission-cli"],
  ...["opentracker", "nginx-light"],
  "miniupnpd-nftables",
];
const services = ["nftables", "transmission-daemon", "opentracker", "nginx"];

const role = (started: string[], options: DebianOptions = {}): Image =>
  debian({
    packages,
    ...options,
    run: [`systemctl disable --quiet ${services.join(" ")}`, `systemctl enable --quiet ${started.join(" ")}`],
  });

/** A peer that finds others through the tracker alone, over TCP, and that asks for no port until it is told to. */
const transmission = {
  content: JSON.stringify({
    "dht-enabled": false,
    "lpd-enabled": false,
    "pex-enabled": false,
    "utp-enabled": false,
    "download-dir": "/var/lib/transmission-daemon/downloads",
    "peer-port": 51413,
    "port-forwarding-enabled": false,
    "rpc-authentication-required": false,
  }),
  mode: 0o660,
  owner: "debian-transmission",
};
const peer = { "/etc/transmission-daemon/settings.json": transmission };

/** Knows who has what, serves the torrent and the original over HTTP, and has the first copy. */
export const tracker = role(["opentracker", "nginx", "transmission-daemon"], { files: peer });

export const insider = role(["transmission-daemon"], { files: peer });

/** Lets in nobody: what it gets it has fetched itself. */
export const outsider = role(["nftables", "transmission-daemon"], {
  files: {
    ...peer,
    "/etc/nftables.conf": `
flush ruleset
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    meta l4proto icmp accept
    ct state established,related accept
  }
}
`,
  },
});

/**
 * Passes on what comes from inside, in its own name; from outside only what miniupnpd has opened a port for. Its rules are its own
 * instead of `router: true`, because miniupnpd wants chains among them.
 */
export const router = role(["nftables"], {
  files: {
    "/etc/nftables.conf": `
flush ruleset
table inet filter {
  counter knocks { }
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    iifname inner accept
    meta l4proto icmp accept
    ct state established,related accept
    tcp dport 51413 counter name knocks
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname inner oifname outer accept
    jump miniupnpd
  }
  chain prerouting {
    type nat hook prerouting priority dstnat;
    jump prerouting_miniupnpd
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    jump postrouting_miniupnpd
    oifname outer masquerade
  }
  # miniupnpd writes its rules into these.
  chain miniupnpd { }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
`,
    "/etc/miniupnpd.conf": `
ext_ifname=outer
listening_ip=inner
secure_mode=yes
ipv6_disable=yes
allow 1024-65535 192.168.3.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`,
  },
  units: {
    "upnp.service": `
[Unit]
Wants=network-online.target
After=network-online.target nftables.service
[Service]
Type=forking
PIDFile=/run/miniupnpd.pid
ExecStart=/usr/sbin/miniupnpd -f /etc/miniupnpd.conf
[Install]
WantedBy=multi-user.target
`,
  },
});
