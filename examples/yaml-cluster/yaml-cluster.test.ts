// @vitest-environment machines
import { expect, it } from "vitest";
import type { Machine } from "vitest-machines";
import { machines } from "vitest-machines/environment";

// TypeScript does not read lab.yaml; this gives its machines' names to the editor.
declare module "vitest-machines/environment" {
  interface Machines {
    router: Machine;
    inside: Machine;
    outside: Machine;
  }
}

const { inside, outside, router } = machines;

it("boots the machines of lab.yaml for this file", async () => {
  await Promise.all([router.succeed("ping -c1 inside"), router.succeed("ping -c1 outside")]);
});

it("gives each machine what the file says", async () => {
  expect(await inside.succeed("hostname")).toBe("inside\n");
  await outside.fail("ping -c1 -W1 inside");
});

it("serves the page beside the file to the host", async () => {
  await outside.succeed("httpd -p 80 -h /srv");
  const { host, port } = outside.forwarded(80);
  expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe("hello\n");
});
