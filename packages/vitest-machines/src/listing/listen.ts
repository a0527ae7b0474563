/**
 * Runs before a file that is listed for its clusters, in its worker: what the file declares is noted in its task, which Vitest
 * takes to the main process.
 */
import { TestRunner } from "vitest";
import { listen, metaKey } from "./record.ts";

Reflect.set(TestRunner.getCurrentSuite().file.meta, metaKey, listen());

export {};
