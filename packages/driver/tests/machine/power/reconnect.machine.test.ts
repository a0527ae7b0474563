import { expect, it } from "vitest";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: {}, peer: {} } });
const box = () => lab.machine("box");

/** A system of its own in a folder, whose agent replaces the one that runs when that one is killed. */
const newRoot = `
mkdir /new; mount -t tmpfs new /new; cp -a /bin /sbin /etc /usr /init /new/; cd /new; mkdir dev proc sys tmp run root
for each in dev proc sys; do mount --bind /$each $each; done
echo > etc/hosts; echo new > etc/root
printf '#!/bin/sh\\nexec chroot /new /sbin/agent\\n' > /sbin/next; chmod +x /sbin/next; mv /sbin/next /sbin/agent`;

it("follows a guest whose agent goes on in a new root", async () => {
  await box().succeed(newRoot);
  await box().fail("test -e /etc/root");
  await box().reconnect(() => box().execute("killall -9 agent; sleep 60"));
  expect(await box().succeed("cat /etc/root; hostname")).toBe("new\nbox\n");
  // Its files know nobody by themselves.
  await box().succeed("ping -c1 -W5 peer");
  expect(box().isUp()).toBe(true);
});

it("says when the former agent stays, and what the change failed with", async () => {
  expect(await messageOf(box().reconnect(() => box().succeed("true"), { timeout: 500 }))).toMatch(
    /^WAIT_TIMEOUT: box: waited 0\.\d s for another agent to answer, in vain\.\nLast seen: the one from before\n/,
  );
  expect(await messageOf(box().reconnect(() => box().succeed("exit 7")))).toMatch(/^COMMAND_FAILED: .*exit code 7/);
  await box().succeed("true");
});
