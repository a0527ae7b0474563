import { describe, expect, test } from "vitest";
import { customizeScript } from "../../src/debian/customize-script.ts";
import { debian } from "../../src/debian/debian.ts";
import type { DebianOptions } from "../../src/debian/options.ts";
import { debianSpec } from "../../src/debian/spec.ts";

test("is a value: declaring one builds nothing, and the same declaration has the same identity", () => {
  const image = debian({ packages: ["nginx-light", "curl"] });
  expect(image).toMatchObject({ name: "debian", defaultMemoryMiB: 512 });
  expect(debian({ packages: ["curl", "nginx-light", "curl"], suite: "12", kernel: "cloud" }).key).toBe(image.key);
  const others: DebianOptions[] = [
    {},
    { packages: ["curl"] },
    { packages: ["nginx-light", "curl"], suite: "13" },
    { packages: ["nginx-light", "curl"], kernel: "generic" },
    { packages: ["nginx-light", "curl"], size: "2G" },
    { packages: ["nginx-light", "curl"], files: { "/etc/x": "x" } },
    { packages: ["nginx-light", "curl"], files: { "/etc/x": "y" } },
    { packages: ["nginx-light", "curl"], users: { alice: {} } },
    { packages: ["nginx-light", "curl"], units: { "a.service": "[Service]\nExecStart=true" } },
    { packages: ["nginx-light", "curl"], run: ["true"] },
    { packages: ["nginx-light", "curl"], mirror: "http://mirror/debian" },
  ];
  expect(new Set([image.key, ...others.map((options) => debian(options).key)]).size).toBe(others.length + 1);
});

describe("refuses, and says what is valid", () => {
  test.each<[unknown, string]>([
    [{ suite: "buster" }, 'debian(): unknown suite "buster"'],
    [{ package: [] }, 'debian(): "package" is not an option.\nValid: suite, packages, files'],
    [{ packages: "nginx" }, 'debian().packages: "nginx" is not a list.'],
    [{ packages: ["nginx light"] }, 'debian().packages[0]: "nginx light" is not the name of a package.'],
    [{ packages: ["x; reboot"] }, "is not the name of a package"],
    [{ files: { "etc/x": "" } }, 'debian().files: "etc/x" is not the path of a file.'],
    [{ files: { "/etc/../x": "" } }, "is not the path of a file"],
    [{ files: { "/etc/x": 3 } }, 'debian().files["/etc/x"]: 3 is not an object.'],
    [
      { files: { "/x": { content: "", mode: "755" } } },
      'debian().files["/x"].mode: "755" is not a set of permissions.',
    ],
    [{ files: { "/x": { content: "", owner: "a b" } } }, "is not an owner"],
    [{ units: { web: "" } }, 'debian().units: "web" is not the name of a unit.'],
    [{ users: { "Alice B": {} } }, "is not the name of a user"],
    [{ users: { alice: { uid: 0 } } }, 'debian().users["alice"].uid: 0 is not the number of a user.'],
    [{ run: [3] }, "debian().run[0]: 3 is not text."],
    [{ kernel: "mine" }, 'debian().kernel: "mine" is not a choice.\nValid: "cloud", "generic".'],
    [{ size: "4T" }, 'debian().size: "4T" is not the size of a disk.'],
    [{ mirror: "ftp.debian.org" }, 'debian().mirror: "ftp.debian.org" is not an archive.'],
  ])("%j", (options, message) => {
    expect(() => debian(options as DebianOptions)).toThrow(message);
  });
});

test("customizes users first, then files, units and commands, each of which may hold anything", () => {
  const script = customizeScript(
    debianSpec({
      users: { alice: { groups: ["audio"], password: "it's" } },
      files: { "/srv/a b": { content: "x", mode: 0o600, owner: "alice" }, "/top": "y" },
      units: {
        "web.service": "[Service]\nExecStart=true\n[Install]\nWantedBy=multi-user.target",
        "idle.service": "[Service]",
      },
      run: ["echo 'hello'"],
    }),
  );
  expect(script.split("\n").slice(0, 19)).toEqual([
    "useradd --create-home --shell /bin/bash --groups audio alice",
    `printf '%s\\n' 'alice:it'\\''s' | chpasswd`,
    "mkdir -p /srv",
    "rm -f '/srv/a b'",
    "cp /tmp/vitest-machines/files/0000 '/srv/a b'",
    "chown alice '/srv/a b'",
    "chmod 600 '/srv/a b'",
    "mkdir -p /",
    "rm -f /top",
    "cp /tmp/vitest-machines/files/0001 /top",
    "chown root:root /top",
    "chmod 644 /top",
    "printf %s '[Service]",
    "ExecStart=true",
    "[Install]",
    "WantedBy=multi-user.target",
    "' > /etc/systemd/system/web.service",
    "chmod 644 /etc/systemd/system/web.service",
    "systemctl enable web.service 2>&1",
  ]);
  expect(script).toContain(`sh -eu -c 'echo '\\''hello'\\'''`);
  expect(script).not.toContain("enable idle.service");
});

test("enables what has an [Install] section, but for templates that do not say as which instance", () => {
  const install = "[Install]\nWantedBy=multi-user.target\n";
  const { units } = debianSpec({
    units: {
      "plain.service": install,
      "idle.service": "[Service]",
      "off.service": { text: install, enabled: false },
      "template@.service": install,
      "default@.service": `${install}DefaultInstance=one\n`,
      "instance@one.service": install,
    },
  });
  expect(units.filter(({ enabled }) => enabled).map(({ name }) => name)).toEqual([
    "plain.service",
    "default@.service",
    "instance@one.service",
  ]);
});
