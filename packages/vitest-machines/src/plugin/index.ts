import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";
import type { TestProject, VitestPluginContext } from "vitest/node";
import { doorKey } from "../door/protocol.ts";
import { evidenceFolder } from "./runs.ts";
import { claimStation } from "./claim-station.ts";

export interface MachinesPluginOptions {
  /**
   * How long the process that owns machines stays while nothing uses it, in milliseconds; it starts again by itself.
   * Default 10 minutes: editors keep a Vitest for hours.
   */
  idleTimeout?: number | undefined;
  /**
   * False boots every cluster for real, as `vitest run -- --no-layers` and VITEST_MACHINES_LAYERS=off do, so that the freezing
   * and forking of clusters cannot hide a fault of their boot. Default true.
   */
  layers?: boolean | undefined;
}

const defaultIdleMs = 600_000;

/** Of tests and hooks, unless the user has said something: Vitest's 5 s are for functions, not for emulated machines. */
const timeLimitMs = 60_000;

/** This package, and through its source maps also src. */
const ownFolders = ["src", "dist"].map((name) => fileURLToPath(new URL(`../../${name}/`, import.meta.url)));

/** Both lie in dist, whether this file runs from there or from the sources. */
const environment = fileURLToPath(new URL("../../dist/environment/index.js", import.meta.url));
const attach = fileURLToPath(new URL("../../dist/environment/attach.js", import.meta.url));

/**
 * Vitest plugin that lets tests boot machines: it opens the door through which workers ask for them, makes the `machines`
 * environment known, shows what boots, and gives tests and hooks a minute each unless the config says otherwise. A run that boots nothing pays for a listening socket and a folder.
 */
export function machines(options: MachinesPluginOptions = {}): Plugin {
  return {
    name: "vitest-machines",
    config: ({ test }) => ({
      test: {
        // `file.test.ts:LINE`, editors and evidence need to know where a test is.
        includeTaskLocation: true,
        // What the config hook of a plugin returns would go before what the user's file says.
        testTimeout: test?.testTimeout ?? timeLimitMs,
        hookTimeout: test?.hookTimeout ?? timeLimitMs,
      },
      server: { watch: { ignored: [`**/${evidenceFolder}/**`] } },
    }),
    // pnpm links only direct dependencies, so Vitest would not find the environment's package by its name.
    resolveId: (id) => (id === "vitest-environment-machines" ? environment : undefined),
    // Vitest waits for what this returns, although the hook's type has no room for a promise.
    configureVitest: (context): unknown => openDoor(context),
  };

  async function openDoor({ vitest, project }: VitestPluginContext): Promise<void> {
    const station = await claimStation(vitest, options.idleTimeout ?? defaultIdleMs);
    // Vitest refuses options that it does not know, unless they stand behind `--`.
    const layers = (options.layers ?? true) && !process.argv.includes("--no-layers");
    project.provide(doorKey, {
      socket: station.socket,
      root: project.config.root,
      layers,
      isWatching: vitest.config.watch,
    });
    project.config.includeTaskLocation = true;
    hideOwnFrames(project.config);
    if (!project.config.setupFiles.includes(attach)) project.config.setupFiles.push(attach);
  }
}

/** Tests run through `cluster()`'s wrappers, which are in every stack and of interest to nobody. */
function hideOwnFrames(config: Pick<TestProject["config"], "onStackTrace">): void {
  // Declared as always there, which it is not.
  const users = config.onStackTrace as TestProject["config"]["onStackTrace"] | undefined;
  config.onStackTrace = (error, frame) => (isOwn(frame.file) ? false : users?.(error, frame));
}

/** A frame's file is a path or comes from a URL, in which the spaces of a path are escaped. */
function isOwn(file: string): boolean {
  return ownFolders.some((folder) => file.startsWith(folder) || file.startsWith(encodeURI(folder)));
}
