import { readFileSync } from "node:fs";
import { Cluster, Machine } from "@vitest-machines/driver";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/machines.md", import.meta.url), "utf8");
const rows = page
  .slice(page.indexOf("## From the NixOS driver"))
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.trim()));
const names = (cell = ""): string[] =>
  [...cell.matchAll(/`([a-z_A-Z.]+)(?:\([^`]*\))?`/g)].map(([, name = ""]) => name);
const has = (name: string): boolean => name in Machine.prototype || name.replace(/^cluster\./, "") in Cluster.prototype;

/** What the NixOS test driver offers that needs no screen, from its manual and source. */
const theirs = `start shutdown crash reboot wait_for_shutdown is_up connect execute succeed fail wait_until_succeeds
wait_until_fails wait_for_file wait_for_open_port wait_for_closed_port wait_for_open_unix_socket wait_for_console_text
get_console_log copy_from_host copy_from_machine sleep log nested subtest start_all join_all systemctl start_job stop_job
get_unit_info get_unit_property require_unit_state wait_for_unit send_console send_key send_chars get_tty_text
wait_until_tty_matches dump_tty_contents block unblock send_monitor_command wait_for_qmp_event forward_port retry
polling_condition switch_root create_machine`.split(/\s+/);

test("the table has every headless verb of the NixOS driver that we have", () => {
  const listed = new Set(rows.flatMap(([, nixos]) => names(nixos)));
  expect(theirs.filter((name) => !listed.has(name))).toEqual([]);
});

test("what the table says is ours exists", () => {
  for (const [, nixos, ours] of rows) {
    const said = ours?.startsWith("the same") ? names(nixos) : names(ours);
    // Options, and what an option is called.
    const verbs = said.filter(
      (name) => !["attemptTimeout", "boot", "user", "nc", "retry", "forwardPorts"].includes(name),
    );
    expect(
      verbs.filter((name) => !has(name)),
      nixos,
    ).toEqual([]);
  }
});

test("every verb of a machine is on the page, or on that of Debian machines", () => {
  const other = readFileSync(new URL("../../docs/debian.md", import.meta.url), "utf8");
  const verbs: string[] = [];
  for (let at = Machine.prototype as object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    verbs.push(...Object.getOwnPropertyNames(at).filter((name) => name !== "constructor"));
  }
  const evidence = ["evidence", "collectEvidence", "allowStumbles", "takeStumble"];
  const missing = verbs.filter((name) => !evidence.includes(name) && !`${page}${other}`.includes(name));
  expect(missing).toEqual([]);
});
