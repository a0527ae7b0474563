import { expect, test } from "vitest";
import { parseProperties } from "../../../src/machine/units/get-unit-info.ts";
import { judgeUnit, type UnitProperties } from "../../../src/machine/units/judge-unit.ts";
import { systemctlCommand } from "../../../src/machine/units/systemctl.ts";

const loaded = { LoadState: "loaded", Job: "0" } as const;

test.each<[string, UnitProperties, string]>([
  ["a running service", { ...loaded, ActiveState: "active", SubState: "running" }, "up"],
  ["one that reloads", { ...loaded, ActiveState: "reloading" }, "up"],
  ["one that starts", { ...loaded, ActiveState: "activating" }, "coming"],
  ["one that is queued", { ...loaded, ActiveState: "inactive", Job: "42" }, "coming"],
  ["one that stops in order to start again", { ...loaded, ActiveState: "deactivating" }, "coming"],
  ["one that failed", { ...loaded, ActiveState: "failed", Result: "exit-code" }, "lost"],
  [
    "one that failed and will be restarted",
    { ...loaded, ActiveState: "activating", SubState: "auto-restart" },
    "coming",
  ],
  ["one that nothing starts", { ...loaded, ActiveState: "inactive", InactiveEnterTimestampMonotonic: "0" }, "idle"],
  ["one that is not there", { LoadState: "not-found", ActiveState: "inactive" }, "idle"],
  ["one that is masked", { LoadState: "masked", ActiveState: "inactive" }, "lost"],
  [
    "a oneshot that has done its work",
    { ...loaded, ActiveState: "inactive", Type: "oneshot", Result: "success", ExecMainExitTimestampMonotonic: "7" },
    "up",
  ],
  [
    "a oneshot that was never started",
    { ...loaded, ActiveState: "inactive", Type: "oneshot", Result: "success" },
    "idle",
  ],
  [
    "one whose condition does not hold",
    { ...loaded, ActiveState: "inactive", ConditionResult: "no", ConditionTimestampMonotonic: "9" },
    "lost",
  ],
  [
    "one that nobody has looked at yet",
    { ...loaded, ActiveState: "inactive", ConditionResult: "no", ConditionTimestampMonotonic: "0" },
    "idle",
  ],
])("%s", (_name, unit, verdict) => {
  expect(judgeUnit(unit).is).toBe(verdict);
});

test("properties are read by line, with whatever is in their values", () => {
  expect(parseProperties("Id=a.service\nExecStart={ path=/bin/sh ; argv[]=sh }\nJob=\n")).toEqual({
    Id: "a.service",
    ExecStart: "{ path=/bin/sh ; argv[]=sh }",
    Job: "",
  });
});

test("a user's systemd is asked as that user", () => {
  expect(systemctlCommand("is-active x")).toBe("systemctl is-active x");
  expect(systemctlCommand(["show", "a b"])).toEqual(["systemctl", "show", "a b"]);
  expect(systemctlCommand(["show", "it's"], "alice")).toEqual(
    ["su", "--login", "alice", "--shell", "/bin/sh", "--command"].concat(
      `XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user 'show' 'it'\\''s'`,
    ),
  );
});
