import { MachinesError } from "@vitest-machines/host";

/** For projects whose workers are told no door. */
export function pluginMissing(): MachinesError {
  return new MachinesError(
    "PLUGIN_MISSING",
    "this Vitest project has no machines() plugin, which starts and ends machines",
    {
      hint: [
        "Add it to vitest.config.ts:",
        '  import { machines } from "vitest-machines/plugin";',
        "  export default defineConfig({ plugins: [machines()] });",
      ].join("\n"),
    },
  );
}
