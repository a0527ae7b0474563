import {
  acceleratorVerdict,
  aptCommand,
  hostDistribution,
  immediateVerdict,
  installAdvice,
  installPackages,
  MachinesError,
  missingTools,
  type ToolEntry,
} from "@vitest-machines/host";
import { tiny, type BootFiles } from "@vitest-machines/images";
import c from "tinyrainbow";
import type { Command, Output } from "../command.ts";
import { readFlags } from "../options.ts";

/** Everything between `npm install` and the first test: host packages, the default image, the accelerator's probe. */
export const setup: Command = {
  name: "setup",
  summary: "Install what this host lacks and build the default image",
  options: ["--quiet  Say nothing about what is already there"],
  async run(argv, output) {
    const { quiet } = readFlags("setup", argv, ["quiet"]);
    const startedAt = performance.now();
    await provideTools(missingTools(), output);
    const image = await provideImage(output);
    const { accelerator, reason, cached } = await acceleratorVerdict(image);
    // News is what a probe has just found out, not what was known or obvious.
    const probed = !cached && immediateVerdict(process.env) === undefined;
    if (!quiet || probed) output.note(`${c.bold("accelerator")}  ${accelerator}: ${reason}`);
    if (!quiet) output.note(`Ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
    return 0;
  },
};

/** @throws MachinesError TOOL_MISSING when they cannot be installed from here and nothing boots without them */
async function provideTools(missing: readonly ToolEntry[], output: Output): Promise<void> {
  if (missing.length === 0) return;
  const distribution = hostDistribution();
  const apt = distribution === "debian" ? await aptCommand() : undefined;
  if (apt !== undefined) {
    const packages = [...new Set(missing.map((tool) => tool.packages.debian))].sort();
    output.note(`${c.bold("packages")}  installing ${packages.join(", ")}`);
    await installPackages(apt, packages);
    return;
  }
  const advice = installAdvice(distribution, (which) => missing.map((tool) => tool.packages[which]));
  const list = missing.map((tool) => `  ${tool.name} is missing: needed to ${tool.purpose}`).join("\n");
  if (missing.some((tool) => tool.need !== "feature")) {
    throw new MachinesError("TOOL_MISSING", "this host lacks programs, and you may not install packages.", {
      facts: { missing: missing.map((tool) => tool.name).join(" ") },
      evidence: [list],
      hint: `Install them, then run this again.\n${advice}`,
    });
  }
  output.note(`${c.yellow("packages")}  not everything will work:\n${list}\n${advice}`);
}

async function provideImage(output: Output): Promise<BootFiles> {
  let told: string | undefined;
  return tiny().prepare({
    onProgress: ({ image, phase }) => {
      if (phase !== told) output.note(`${c.bold(image)}  ${phase}`);
      told = phase;
    },
    onNotice: (text) => output.note(`${c.bold("tiny")}  ${text}`),
  });
}
