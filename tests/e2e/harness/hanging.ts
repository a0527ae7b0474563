/** A suite that boots two machines, says so and then hangs on a guest command until something ends it. */
export const hanging: string = `
import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("net", () => {
  const { it, one, two } = cluster({ nodes: { one: {}, two: {} } });
  it("hangs", { timeout: 300_000 }, async () => {
    await one.succeed("ping -c1 two");
    process.stderr.write("MACHINES ARE UP worker=" + process.pid + "\\n");
    await one.succeed("sleep 1000");
  });
});
`;
