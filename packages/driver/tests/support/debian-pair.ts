import { debian } from "@vitest-machines/images";

const service = (start: string, more = ""): string =>
  `[Service]\n${more}ExecStart=${start}\n[Install]\nWantedBy=multi-user.target\n`;

/** Everything that these tests look at, in one image, because making one takes a minute. */
const image = debian({
  packages: ["nginx-light", "openssl"],
  users: { alice: { uid: 1234, groups: ["video"], password: "Sesam-7" } },
  files: {
    "/usr/local/bin/greet": { content: '#!/bin/sh\necho "hello from $(id -un)"\n', mode: 0o755 },
    "/home/alice/notes/first": { content: "hers", mode: 0o600, owner: "alice:video" },
  },
  units: {
    "once.service": service("/bin/sh -c 'echo done >> /run/once'", "Type=oneshot\n"),
    "broken.service": service("/bin/sh -c 'echo I am broken; exit 3'", "Type=oneshot\n"),
    "slow.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 2\n",
    "named.service": service("/bin/sh -c 'echo %H > /run/named'", "Type=oneshot\n"),
    "unmet.service": "[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=/bin/true\n",
  },
  run: ["echo 'made here' > /etc/made"],
});
const client = {
  image,
  disk: "5G",
  users: { bob: { groups: ["video"], password: "Sesam-8" } },
  files: {
    "/etc/nginx/conf.d/more.conf": "server { listen 8080; root /srv/shared; }\n",
    "/tmp/kept": { content: "bob's", owner: "bob" },
  },
  shared: { "/srv/shared": new URL("./", import.meta.url) },
};
/** The server is ready when nginx runs; its client has users, files and folders of its own. */
export const debianPair = { server: { image, ready: { unit: "nginx.service" } }, client } as const;
