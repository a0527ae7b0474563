import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type AgentArchitecture = "x86_64" | "aarch64";

/** The name of the virtio-serial port on which the agent waits for its host. */
export const agentPort = "org.vitest-machines.agent";

/**
 * Absolute path of the agent's static binary for a guest's architecture (default: x86_64).
 * @throws Error when the package was built without a compiler for that architecture
 */
export function agentBinary(architecture: AgentArchitecture = "x86_64"): string {
  const path = fileURLToPath(new URL(`../dist/agent-${architecture}`, import.meta.url));
  if (existsSync(path)) return path;
  const compiler = architecture === "x86_64" ? "musl-tools" : "gcc-aarch64-linux-gnu";
  throw new Error(
    `The guest agent for ${architecture} is not built: ${path} does not exist.\n` +
      `Install a C compiler for it (Debian/Ubuntu: apt install ${compiler}), ` +
      "then run: npm run build --workspace @vitest-machines/agent",
  );
}
