import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { useCluster } from "../../support/use-cluster.ts";

const lab = useCluster({ nodes: { box: { userNetwork: true, vlans: [1, 2] }, plain: {} } });
const box = () => lab.machine("box");

it("is eth0, beside the networks of the cluster", async () => {
  expect(await box().succeed("ip -4 -o addr | awk '{ print $2, $4 }'")).toBe(
    "lo 127.0.0.1/8\neth0 10.0.2.15/24\neth1 192.168.1.1/24\neth2 192.168.2.1/24\n",
  );
  expect(await box().succeed("cat /sys/class/net/eth0/address")).toBe("52:54:00:12:00:01\n");
  await box().succeed("ping -c1 10.0.2.2", "ping -c1 plain");
});

it("is there only for machines that declare it", async () => {
  await lab.machine("plain").fail("ip link show eth0");
});

it("does not lead to what listens on the host for itself alone", async () => {
  let visits = 0;
  const service = createServer((socket) => void (visits++, socket.destroy()));
  service.listen(0, "127.0.0.1");
  await once(service, "listening");
  onTestFinished(() => void service.close());
  const { port } = service.address() as AddressInfo;
  // Its gateway is the host's loopback where nothing stops it.
  await box().fail(`echo | nc -w 5 10.0.2.2 ${port}`);
  expect(visits).toBe(0);
});

it("has a DHCP server that gives the address that the machine has, and no way out", async () => {
  await box().succeed("printf '#!/bin/sh\\nenv > /tmp/lease.$1\\n' > /tmp/note; chmod +x /tmp/note");
  await box().succeed("udhcpc -i eth0 -n -q -s /tmp/note 2>&1");
  const lease = await box().succeed("cat /tmp/lease.bound");
  expect(lease).toMatch(/^ip=10\.0\.2\.15$/m);
  expect(lease).toMatch(/^subnet=255\.255\.255\.0$/m);
  expect(lease).not.toMatch(/^(router|dns)=/m);
  expect(await box().succeed("ip route")).not.toContain("default");
});

it("has the same addresses after a reboot", async () => {
  await box().reboot();
  expect(await box().succeed("ip -4 -o addr show eth0")).toContain("10.0.2.15/24");
});
