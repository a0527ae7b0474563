import { expect, it } from "vitest";
import { topologyMermaid } from "../../../src/topology/picture/mermaid.ts";
import { office, topologyOf } from "./plans.ts";

it("is a flow chart of machines, networks and cards", () => {
  expect(topologyMermaid([office])).toMatchInlineSnapshot(`
    "---
    title: "an office: 3 machines, 2 networks"
    ---
    flowchart TB
      n1(["lan<br/>VLAN 1 · 10.1.0.0/16 · 2001:db8:1::/64"]):::network
      n2(["wan<br/>VLAN 2 · MTU 1400 · 203.0.113.0/24"]):::network
      m1["client<br/>unbootable · 128 MiB · 1 CPU<br/>eth0 10.0.2.15/24"]
      m1 ---|"eth1 10.1.0.1/16 2001:db8:1::1/64"| n1
      m2[["router<br/>unbootable · 1 GiB · 2 CPUs"]]:::router
      m2 ---|"inner 10.1.0.2/16 2001:db8:1::2/64"| n1
      m2 ---|"outer 203.0.113.1/24"| n2
      m3["server<br/>unbootable · 128 MiB · 1 CPU · 1 disk"]
      m3 ---|"eth1"| n2
      classDef network fill:#2563eb1a,stroke:#2563eb,stroke-width:2px
      classDef router stroke-width:3px
    "
  `);
});

it("has a part for each cluster when there are several, whose names do not meet", () => {
  const other = topologyOf({ name: 'say "hi" #1 <b>', nodes: { a: {} } });
  expect(topologyMermaid([topologyOf({ nodes: { a: {} } }), other])).toMatchInlineSnapshot(`
    "flowchart TB
      subgraph c1["cluster: 1 machine, 1 network"]
        c1n1(["VLAN 1<br/>192.168.1.0/24 · 2001:db8:1::/64"]):::network
        c1m1["a<br/>unbootable · 128 MiB · 1 CPU"]
        c1m1 ---|"eth1 192.168.1.1/24"| c1n1
      end
      subgraph c2["say #34;hi#34; #35;1 #60;b#62;: 1 machine, 1 network"]
        c2n1(["VLAN 1<br/>192.168.1.0/24 · 2001:db8:1::/64"]):::network
        c2m1["a<br/>unbootable · 128 MiB · 1 CPU"]
        c2m1 ---|"eth1 192.168.1.1/24"| c2n1
      end
      classDef network fill:#2563eb1a,stroke:#2563eb,stroke-width:2px
      classDef router stroke-width:3px
    "
  `);
});

it("says which 802.1Q VLANs a card's port is in", () => {
  const interfaces = { up: { network: 1, addresses: [], untagged: 5, tagged: [20, 10] } };
  expect(topologyMermaid([topologyOf({ nodes: { a: { interfaces } } })])).toContain('|"up untagged 5 tagged 10, 20"|');
  const mirror = { spy: { network: 1, mirror: true } };
  expect(topologyMermaid([topologyOf({ nodes: { a: { interfaces: mirror } } })])).toContain('|"spy mirror port"|');
});
