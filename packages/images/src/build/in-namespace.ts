import { requireTool } from "@vitest-machines/host";
import { explainBuildFailure } from "./build-failure.ts";
import { requireSubUids } from "./sub-uids.ts";

export interface NamespaceRequest {
  /** For messages. */
  readonly image: string;
  /** The program and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** Where it runs. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onLine: (line: string) => void;
}

/**
 * Runs a program as root of namespaces of its own: its mounts, its processes and the network, of which there is none, are
 * gone when it is. Whoever is not root on the host is it in there, with sub-uids for everybody else.
 * @throws MachinesError IMAGE_BUILD_FAILED with the end of what it printed; TOOL_MISSING
 */
export async function runInNamespace(request: NamespaceRequest): Promise<void> {
  const { image, argv, folder, env, signal, onLine } = request;
  const purpose = `building the ${image} image`;
  const setpriv = requireTool("setpriv", purpose);
  const unshare = requireTool("unshare", purpose);
  const { execa } = await import("execa");
  const asRoot = process.getuid?.() === 0 ? [] : rootless(image);
  const isolate = [...asRoot, "--mount", "--net", "--pid", "--fork", "--kill-child"];
  // However this process ends, the namespace ends with it, and with the namespace all that runs in it.
  const child = execa(setpriv, ["--pdeathsig", "KILL", "--", unshare, ...isolate, "--", ...argv], {
    cwd: folder,
    stdin: "ignore",
    all: true,
    reject: false,
    env: { LC_ALL: "C.UTF-8", ...env },
    ...(signal && { cancelSignal: signal, killSignal: "SIGKILL" as const }),
  });
  const output: string[] = [];
  for await (const line of child.iterable({ from: "all" })) {
    output.push(line);
    onLine(line);
  }
  const result = await child;
  signal?.throwIfAborted();
  const [program] = argv;
  if (result.exitCode !== 0)
    throw explainBuildFailure(image, program, output.join("\n"), new Error(result.shortMessage));
}

/** Finds out before anything is downloaded whether {@link runInNamespace} can work. @throws IMAGE_BUILD_FAILED, TOOL_MISSING */
export function requireNamespaces(image: string): void {
  requireTool("unshare", `building the ${image} image`);
  if (process.getuid?.() !== 0) rootless(image);
}

/** Options of `unshare` for whoever is not root. */
function rootless(image: string): string[] {
  requireTool("newuidmap", `building the ${image} image without being root`);
  requireSubUids(image);
  return ["--user", "--map-root-user", "--map-auto"];
}
