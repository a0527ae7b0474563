import type { DebianSpec, UserSpec } from "./spec.ts";

/** Where the script finds the files that it puts in place, within the image. */
const source = "/tmp/vitest-machines/files";

/** The name of a file of the spec among those. */
export function fileName(index: number): string {
  return String(index).padStart(4, "0");
}

/**
 * The script that makes a declared image of a plain system, for `sh -eu` within it. Pure.
 * Users come before files, which may be theirs; units before commands, which may switch them on or off.
 */
export function customizeScript({
  users,
  files,
  units,
  run,
}: Pick<DebianSpec, "users" | "files" | "units" | "run">): string {
  return [
    ...users.flatMap(addUser),
    ...files.flatMap(({ path, mode, owner }, index) => [
      `mkdir -p ${quote(path.slice(0, path.lastIndexOf("/")) || "/")}`,
      // A link there would otherwise be written through, and a folder be written into.
      `rm -f ${quote(path)}`,
      `cp ${source}/${fileName(index)} ${quote(path)}`,
      `chown ${quote(owner)} ${quote(path)}`,
      `chmod ${mode.toString(8)} ${quote(path)}`,
    ]),
    ...units.flatMap(({ name, text, enabled }) => {
      const path = quote(`/etc/systemd/system/${name}`);
      return [`printf %s ${quote(text.endsWith("\n") ? text : `${text}\n`)} > ${path}`, `chmod 644 ${path}`].concat(
        enabled ? [`systemctl enable ${quote(name)} 2>&1`] : [],
      );
    }),
    ...run.map(
      (command) =>
        `(cd /root && sh -eu -c ${quote(command)}) < /dev/null || { echo ${quote(`E: the command failed: ${command}`)}; exit 1; }`,
    ),
    ...always,
    "",
  ].join("\n");
}

/** What every image wants, after everything else. */
const always = [
  "systemctl enable vitest-machines-agent.service vitest-machines-contents.service vitest-machines-network.service 2>&1",
  // Nothing is to begin by itself some time after the boot: not now, and not because a fork's clock has jumped.
  "for timer in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim logrotate man-db systemd-tmpfiles-clean; do",
  '  systemctl mask "$timer.timer" 2>&1',
  "done",
  // They look for what a virtual machine without a history does not have.
  "systemctl mask systemd-pstore.service e2scrub_reap.service 2>&1",
  // Every machine gets an id of its own from the kernel's command line; an empty file is not a first boot.
  ": > /etc/machine-id",
  // Emulated machines are slow, and a start job that is given up for that is nobody's mistake.
  "mkdir -p /etc/systemd/system.conf.d /etc/systemd/user.conf.d",
  "printf '[Manager]\\nDefaultTimeoutStartSec=300\\nDefaultDeviceTimeoutSec=300\\nShowStatus=no\\n' | tee /etc/systemd/system.conf.d/vitest-machines.conf > /etc/systemd/user.conf.d/vitest-machines.conf",
  'depmod "$(ls /lib/modules)"',
];

function addUser({ name, uid, groups, shell, password }: UserSpec): string[] {
  const options = [
    ["--create-home", "--shell", shell],
    uid === undefined ? [] : ["--uid", String(uid)],
    groups.length === 0 ? [] : ["--groups", groups.join(",")],
  ];
  return [
    `useradd ${options.flat().map(quote).join(" ")} ${quote(name)}`,
    ...(password === undefined ? [] : [`printf '%s\\n' ${quote(`${name}:${password}`)} | chpasswd`]),
  ];
}

function quote(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
