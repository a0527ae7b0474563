import type { Command } from "../command.ts";
import { examineHost } from "../doctor/examine-host.ts";
import { renderReport } from "../doctor/render-report.ts";
import { readFlags } from "../options.ts";

/** Looks at everything that machines need of the host, and says what to do about what is missing. */
export const doctor: Command = {
  name: "doctor",
  summary: "Check this host; exit code 1 when no cluster could boot",
  options: ["--json  Print the report as JSON"],
  async run(argv, output) {
    const { json } = readFlags("doctor", argv, ["json"]);
    const report = await examineHost();
    output.out(json ? JSON.stringify(report, undefined, 2) : renderReport(report));
    return report.canBoot ? 0 : 1;
  },
};
