import { Console } from "node:console";
import type { Environment } from "vitest/runtime";
import { setEnvironmentRecord } from "./record.ts";

/**
 * The `machines` environment: Node's, and a cluster from a YAML file for every test file. It boots nothing itself: Vitest
 * sets environments up before it knows which tests are selected, and for listing tests too, and has no place to show an
 * error. It leaves word for the setup file that the plugin adds, which declares the cluster for the file.
 */
const environment: Environment = {
  name: "machines",
  viteEnvironment: "ssr",
  setup(global: { console: { Console?: typeof Console } }, options: Record<string, unknown>) {
    // As in Vitest's own node environment: its console has no constructor.
    global.console.Console = Console;
    setEnvironmentRecord({ options: options["machines"] });
    return {
      teardown: () => {
        delete global.console.Console;
        setEnvironmentRecord(undefined);
      },
    };
  },
};

export default environment;
