import { MachinesError } from "@vitest-machines/host";
import { TestRunner, type TaskCustomOptions, type TestAPI } from "vitest";
import { withTestTime } from "./current-test.ts";

type Handler = (...args: never[]) => unknown;
type Options = { timeout?: number | undefined } & Record<string, unknown>;

/**
 * Vitest's `test` with the machines as fixtures. Everything that hangs on it (only, skip, each, for, concurrent, extend …)
 * is Vitest's own: `this` carries what the chain collected.
 */
export function createTest<Handles extends object>(handles: Handles, file: string): TestAPI<Handles> {
  const collector = TestRunner.createTaskCollector(function (this: object, name: string, a?: unknown, b?: unknown) {
    const suite = TestRunner.getCurrentSuite();
    refuseOtherFile(suite.file.filepath, file);
    const { options, handler } = readArguments(a, b);
    suite.task(name, {
      ...this,
      ...suite.options,
      ...options,
      ...(handler && { handler: limited(handler) }),
    } as TaskCustomOptions);
  } as Parameters<typeof TestRunner.createTaskCollector>[0]);
  return (collector as unknown as { extend(fixtures: object): TestAPI<Handles> }).extend(handles);
}

/** `it(name, fn, timeout)`, `it(name, options, fn)` and `it(name)`, which is a todo. */
function readArguments(a: unknown, b: unknown): { options: Options; handler: Handler | undefined } {
  if (typeof a === "function") return { options: typeof b === "number" ? { timeout: b } : {}, handler: a as Handler };
  const options = typeof a === "object" && a !== null ? (a as Options) : {};
  return { options, handler: typeof b === "function" ? (b as Handler) : undefined };
}

/** Lets the machines' verbs end before Vitest's time-out does. */
function limited(handler: Handler): Handler {
  const wrapper = (context: { task: { timeout: number } }): Promise<unknown> =>
    withTestTime(context.task.timeout, () => handler(context as never));
  // Vitest reads from the source text which fixtures a test destructures, and `for` hides it behind such a property.
  wrapper.toString = () => handler.toString();
  for (const key of Object.getOwnPropertySymbols(handler)) {
    const property = Object.getOwnPropertyDescriptor(handler, key);
    if (property) Object.defineProperty(wrapper, key, property);
  }
  return wrapper;
}

/** With `isolate: false` a shared module is evaluated for the first file alone: for others there would be no machines. */
function refuseOtherFile(current: string, declared: string): void {
  if (current === declared) return;
  throw new MachinesError(
    "HANDLE_MISUSE",
    `this cluster was declared for ${declared}, and ${current} uses its tests too`,
    {
      facts: { declared, used: current },
      hint: "A module that several test files import is evaluated once when isolation is off. Export a declaration made with defineCluster() and call cluster(declaration) in each test file.",
    },
  );
}
