import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkProofs } from "../../src/layers/links.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { anImage } from "../topology/an-image.ts";

const proofs = (vlans: Record<string, number[]>) => {
  const nodes = Object.fromEntries(Object.entries(vlans).map(([name, list]) => [name, { vlans: list }]));
  return linkProofs(planCluster({ defaults: { image: anImage() }, nodes }).nodes);
};
const asked = (vlans: Record<string, number[]>) =>
  proofs(vlans).map(({ from, to, vlan, address }) => `${from} ${to} ${vlan} ${address}`);

describe("proofs of links", () => {
  it("are one question for two machines, and a round for more", () => {
    expect(asked({ a: [1], b: [1] })).toEqual(["a b 1 192.168.1.2"]);
    expect(asked({ a: [1], b: [1], c: [1] })).toEqual(["a b 1 192.168.1.2", "b c 1 192.168.1.3", "c a 1 192.168.1.1"]);
  });

  it("are none for who is alone, and are separate for each VLAN", () => {
    expect(asked({ a: [1], b: [2], c: [] })).toEqual([]);
    expect(asked({ a: [1], b: [1, 2], c: [2] })).toEqual(["a b 1 192.168.1.2", "b c 2 192.168.2.3"]);
  });

  it("let every card with a peer send and receive, and nobody asks itself", () => {
    const names = fc.stringMatching(/^n[a-z0-9]{1,6}$/);
    const cards = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.dictionary(names, cards, { minKeys: 1, maxKeys: 8 }), (vlans) => {
        const all = proofs(vlans);
        for (const [name, list] of Object.entries(vlans)) {
          for (const vlan of list) {
            const hasPeer = Object.entries(vlans).some(([other, own]) => other !== name && own.includes(vlan));
            const own = all.filter((proof) => proof.vlan === vlan && (proof.from === name || proof.to === name));
            // A question and its answer pass through both cards.
            expect(own.length > 0).toBe(hasPeer);
            expect(own.every(({ from, to }) => from !== to)).toBe(true);
          }
        }
      }),
    );
  });
});
