import { debian } from "@vitest-machines/images";
import { expect, it } from "vitest";
import { useLayerLab } from "../support/layer-lab.ts";

const used = useLayerLab();

it.runIf(process.env["NIGHTLY"]).each([
  ["bookworm", "generic"],
  ["trixie", "cloud"],
  ["trixie", "generic"],
] as const)("%s with its %s kernel boots, settles and forks", { timeout: 600_000 }, async (suite, kernel) => {
  const declaration = { name: `${suite} ${kernel}`, nodes: { box: { image: debian({ suite, kernel }) } } };
  for (const how of ["booted", "forked"]) {
    const made = await used.lab.start(declaration);
    expect(made.origin.how).toBe(how);
    const { box } = made.machines;
    expect((await box.systemctl("is-system-running")).stdout).toBe("running\n");
    expect(await box.succeed("cat /etc/os-release")).toContain(`VERSION_CODENAME=${suite}`);
    await made.stop();
  }
});
