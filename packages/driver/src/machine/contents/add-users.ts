import type { GuestUser } from "@vitest-machines/images";
import type { GuestProgram } from "./run-program.ts";

/** For each user: name, number, groups with commas between them, shell and password, each of which but the name may be empty. */
const script = `
refuse() { echo "$1" >&2; exit 1; }
by_hand() {
  ! grep -q "^$1:" /etc/passwd || refuse "user $1 is there already"
  number=$2
  if [ -z "$number" ]; then
    number=1000
    while cat /etc/passwd /etc/group | cut -d: -f3 | grep -qx "$number"; do number=$((number + 1)); done
  fi
  hash='*'
  [ -z "$5" ] || hash=$(mkpasswd -m sha512 "$5")
  echo "$1:x:$number:" >> /etc/group
  echo "$1:x:$number:$number::/home/$1:$4" >> /etc/passwd
  echo "$1:$hash:19000::::::" >> /etc/shadow
  for group in $(echo "$3" | tr , ' '); do
    grep -q "^$group:" /etc/group || refuse "there is no group $group"
    sed -i -e "s/^$group:.*[^:]$/&,$1/;t" -e "s/^$group:.*:$/&$1/" /etc/group
  done
  mkdir -p "/home/$1"
  chown "$number:$number" "/home/$1"
}
while [ $# -gt 0 ]; do
  shell=$4
  if [ -z "$shell" ]; then
    if [ -x /bin/bash ]; then shell=/bin/bash; else shell=/bin/sh; fi
  fi
  if command -v useradd > /dev/null; then
    useradd --create-home --shell "$shell" \${2:+--uid "$2"} \${3:+--groups "$3"} "$1"
    [ -z "$5" ] || printf '%s\\n' "$1:$5" | chpasswd
  else
    by_hand "$1" "$2" "$3" "$shell" "$5"
  fi
  shift 5
done
`;

/** The program that adds users to a guest, whether it has Debian's tools for that or only files to write to. Pure. */
export function addUsers(users: readonly GuestUser[]): GuestProgram {
  const words = users.flatMap(({ name, uid, groups, shell, password }) => [
    ...[name, uid === undefined ? "" : String(uid), groups.join(",")],
    ...[shell ?? "", password ?? ""],
  ]);
  return { argv: ["sh", "-eu", "-c", script, "sh", ...words], inVain: "could not add its users" };
}
