// @vitest-environment machines
// @vitest-environment-options { "cluster": "./faults.yaml" }
import { it } from "vitest";
import type { Machine } from "vitest-machines";
import { machines } from "vitest-machines/environment";

declare module "vitest-machines/environment" {
  interface Machines {
    client: Machine;
  }
}

const { client } = machines;

it("fails now and then, and works now and then", { timeout: 60_000 }, async () => {
  await client.waitUntilFails("ping -c1 -W1 server");
  await client.waitUntilSucceeds("ping -c1 -W1 server");
});
