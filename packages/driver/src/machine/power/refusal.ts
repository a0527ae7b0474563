import { MachinesError } from "@vitest-machines/host";
import type { AgentSession } from "../../agent/session.ts";

/**
 * Asks the guest to end or restart itself. The promise never fulfils: that it works shows elsewhere.
 * @throws COMMAND_FAILED when the guest does not even begin
 */
export async function refusal(machine: string, agent: AgentSession, program: "poweroff" | "reboot"): Promise<never> {
  const running = agent.exec({ argv: [program] });
  running.stdin.end();
  running.stdout.resume();
  running.stderr.resume();
  const { exitCode } = await running.exit.catch((error: unknown) => {
    // The guest takes its agent down with it, maybe before the last words arrive.
    if (error instanceof MachinesError && error.code === "AGENT_LOST") return { exitCode: 0 };
    throw error;
  });
  // null: a signal ended it, which is how a guest that stops ends its processes.
  if (exitCode === 0 || exitCode === null) return new Promise<never>(() => undefined);
  throw new MachinesError("COMMAND_FAILED", `${machine}: \`${program}\` failed with exit code ${exitCode}.`, {
    machine,
  });
}
