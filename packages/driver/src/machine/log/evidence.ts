import type { MachineContext } from "../context.ts";
import { consoleBlock } from "../power/life.ts";
import { endText, outputBlocks } from "../run/describe.ts";
import type { RecordedCommand } from "./activity.ts";

/** What somebody who looks at a failed test wants to see of a machine: its last commands and its console. */
export function evidence({ name, activity, power, incidents }: MachineContext): string[] {
  return [
    ...incidents,
    ...(activity.commands.length === 0
      ? []
      : [`${name}'s last commands:\n${activity.commands.map(describe).join("\n")}`]),
    ...(power.life === undefined ? [`${name} was never started`] : [consoleBlock(name, power.life.console)]),
  ];
}

function describe(command: RecordedCommand): string {
  const end = command.ended ?? endText(command);
  const output = command.stdout + command.stderr === "" ? [] : outputBlocks(command);
  const indented = output.join("\n").replace(/^(?=.)/gm, "  ");
  return `$ ${command.command}  (${end}, ${Math.round(command.durationMs)} ms)${indented === "" ? "" : `\n${indented}`}`;
}
