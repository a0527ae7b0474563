import { expect, it } from "vitest";
import type { Machine } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";
import { messageOf } from "../../support/use-cluster.ts";

const used = useLayerLab();

let runs = 0;
/** A handle that is not ready yet can do all that a ready one can, its own waits included. */
const listens = async (box: Machine): Promise<void> => {
  runs++;
  await box.succeed("(sleep 1; touch /tmp/came; httpd -p 80) > /dev/null 2>&1 &");
  await box.waitForFile("/tmp/came");
  await box.waitForOpenPort(80);
};
const nodes = {
  function: { ready: listens },
  command: { ready: "read -r up _ < /proc/uptime; touch /tmp/tried; test ${up%.*} -ge 4" },
  plain: {},
};

it("a machine is ready when what was declared for it is so, and is frozen then", async () => {
  const first = await used.lab.start({ nodes });
  expect(first.origin).toEqual({ how: "booted", frozen: true });
  await first.machines.function.waitForOpenPort(80, { timeout: 5_000 });
  await first.machines.command.succeed("test -e /tmp/tried");
  await first.stop();

  const second = await used.lab.start({ nodes });
  expect(second.origin.how).toBe("forked");
  await second.machines.function.waitForOpenPort(80, { timeout: 5_000 });
  expect(runs).toBe(1);
  await second.machines.function.reboot();
  expect(runs).toBe(2);
  await second.machines.function.waitForOpenPort(80, { timeout: 5_000 });
  await second.stop();
});

it("another condition is another layer", async () => {
  const key = async (ready: string): Promise<string | undefined> => {
    const cluster = await used.lab.start({ nodes: { box: { ready } } });
    await cluster.stop();
    return cluster.forkRecipe?.layerKey;
  };
  expect(await key("true")).not.toBe(await key("test -e /"));
});

it("a condition that does not come ends the boot in time, and is named with what was seen last", async () => {
  const ready = "echo still busy; exit 3";
  const command = await messageOf(used.lab.start({ bootTimeout: 12_000, nodes: { box: { ready } } }));
  expect(command).toMatch(/^BOOT_TIMEOUT: box was not ready within 1\d\.\d s: `echo still busy; exit 3`: /);
  expect(command).toContain("still busy");
  expect(command).toContain("exit code 3");
  const stuck = (): Promise<never> => new Promise(() => undefined);
  const late = await messageOf(used.lab.start({ bootTimeout: 12_000, nodes: { box: { ready: stuck } } }));
  expect(late).toMatch(
    /^BOOT_TIMEOUT: box was not ready within 1\d\.\d s: its function for `ready`: it had not returned/,
  );
});

it("a function that throws is why its machine is not ready", async () => {
  const broken = (): void => {
    throw new Error("no such thing");
  };
  expect(await messageOf(used.lab.start({ nodes: { box: { ready: broken } } }))).toMatch(
    "BOOT_FAILED: box is not ready: its function for `ready`: no such thing",
  );
  const failing = (box: Machine): Promise<string> => box.succeed("exit 7");
  expect(await messageOf(used.lab.start({ nodes: { box: { ready: failing } } }))).toMatch(
    /^BOOT_FAILED: box is not ready: its function for `ready`: .*exit 7/,
  );
});
