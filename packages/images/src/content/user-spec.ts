import { onlyKnown } from "@vitest-machines/host";
import type { DebianUser } from "../debian/options.ts";
import { absolutePath, list, matching, record, uid } from "./check.ts";

export interface GuestUser {
  readonly name: string;
  readonly uid: number | undefined;
  readonly groups: readonly string[];
  /** Undefined: the guest's own idea. */
  readonly shell: string | undefined;
  readonly password: string | undefined;
}

/** A user that is declared for a guest. @param at the map that it is in @throws MachinesError DECLARATION_INVALID */
export function userSpec(at: string, name: string, value: unknown): GuestUser {
  const here = `${at}[${JSON.stringify(name)}]`;
  matching(at, name, /^[a-z_][a-z0-9_-]{0,31}$/, "is not the name of a user", 'names such as "alice"');
  const user = record(here, value) as Partial<Record<keyof DebianUser, unknown>>;
  onlyKnown(here, user, ["uid", "groups", "shell", "password"]);
  return {
    name,
    uid: user.uid === undefined ? undefined : uid(`${here}.uid`, user.uid),
    groups: list(`${here}.groups`, user.groups).map((group, index) =>
      matching(
        `${here}.groups[${index}]`,
        group,
        /^[a-z_][a-z0-9_-]{0,31}$/,
        "is not the name of a group",
        'names such as "audio"',
      ),
    ),
    shell: user.shell === undefined ? undefined : absolutePath(`${here}.shell`, user.shell),
    password:
      user.password === undefined
        ? undefined
        : matching(`${here}.password`, user.password, /^[^\n:]+$/, "is not a password", "one line, without colons"),
  };
}
