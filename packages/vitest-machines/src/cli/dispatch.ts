import { isMachinesError } from "@vitest-machines/host";
import c from "tinyrainbow";
import { UsageError, type Command, type Output } from "./command.ts";
import { helpText } from "./help.ts";
import { ownVersion } from "./version.ts";

/**
 * Runs the command that a command line names.
 * @returns the exit code: 0 done, 1 the work failed, 2 wrong use
 */
export async function dispatch(argv: readonly string[], commands: readonly Command[], output: Output): Promise<number> {
  try {
    return await run(argv, commands, output);
  } catch (error) {
    if (error instanceof UsageError) {
      output.note(c.red(error.message));
      return 2;
    }
    // What went wrong is in the message; where in our code it was noticed helps nobody who reads this.
    if (!isMachinesError(error)) throw error;
    output.note(c.red(error.message));
    return 1;
  }
}

async function run(argv: readonly string[], commands: readonly Command[], output: Output): Promise<number> {
  const [first, ...rest] = argv;
  const command = commands.find(({ name }) => name === first);
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    output.out(helpText(commands));
    return 0;
  }
  if (first === "--version" || first === "-v") {
    output.out(ownVersion());
    return 0;
  }
  if (command === undefined) {
    const valid = commands.map(({ name }) => name).join(", ");
    throw new UsageError(`vitest-machines: unknown command "${first}". Valid commands: ${valid}. See also --help.`);
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    output.out(helpText(commands, command));
    return 0;
  }
  return command.run(rest, output);
}
