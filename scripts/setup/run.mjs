import { spawnSync } from "node:child_process";
import { root } from "./root.mjs";
import { SetupError } from "./setup-error.mjs";

/** Says what is going to happen. */
export function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/** Runs a program in the checkout; tells how it ended and what it said. */
export function attempt(program, argv, env = {}) {
  const result = spawnSync(program, argv, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = result.error?.message ?? `${result.stdout}${result.stderr}`;
  return { ok: result.status === 0, output: output.trimEnd() };
}

/** Runs a program in the checkout, whose output is shown only when it fails. */
export function run(program, argv, env) {
  const { ok, output } = attempt(program, argv, env);
  if (!ok) throw new SetupError(`${[program, ...argv].join(" ")} failed:\n${output}`);
}
