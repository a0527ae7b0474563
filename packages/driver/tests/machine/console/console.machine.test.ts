import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: { kernelParams: ["ignore_loglevel"] } } });
const box = () => lab.machine("box");

it("has the console from its first line on, in memory and in a file", async () => {
  expect(box().consoleLog()).toMatch(/^(.*\n)*\[ {4}0\.000000\] Linux version /);
  expect(await readFile(join(lab.folder, "trace", "box.console.log"), "utf8")).toContain("Linux version ");
});

it("waits for text, and each wait begins where the last one ended", async () => {
  expect((await box().waitForConsoleText(/Linux version (\d+)/))[1]).toMatch(/^\d+$/);
  await box().succeed("(sleep 0.3; echo marker 1 > /dev/kmsg) > /dev/null 2>&1 &");
  expect((await box().waitForConsoleText(/marker (\d)/))[1]).toBe("1");
  await box().succeed("(sleep 0.3; echo marker 2 > /dev/kmsg) > /dev/null 2>&1 &");
  expect((await box().waitForConsoleText(/marker (\d)/))[1]).toBe("2");
});

it("says what it waited for, and shows the last lines", async () => {
  await box().succeed("echo the very last line > /dev/kmsg");
  await box().waitForConsoleText(/the very last line/);
  const message = await messageOf(box().waitForConsoleText(/never printed/, { timeout: 300 }));
  expect(message).toMatch(/^WAIT_TIMEOUT: box: waited 0\.\d s for \/never printed\/ on the console, in vain\.\n/);
  expect(message).toMatch(/\nLast seen: \d+ lines, none of which match\nThe machine is up and its agent answers\.\n/);
  expect(message).toMatch(/\nbox's console, last lines:\n(.*\n)*.*the very last line/);
});
