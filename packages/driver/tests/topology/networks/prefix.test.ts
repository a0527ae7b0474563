import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostOf, isWithin, parseAddress, parsePrefix, prefixText } from "../../../src/topology/networks/prefix.ts";

describe("the text of an address", () => {
  it.each([
    ["10.0.0.1/24", "10.0.0.1/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["FD00:0:0::1/64", "fd00::1/64"],
    ["::/0", "::/0"],
  ])("%s is %s", (text, canonical) => expect(prefixText(parsePrefix(text)!)).toBe(canonical));

  it.each(["10.0.0.1", "10.1/8", "10.0.0.1/33", "10.0.0.256/8", "::1/129", "a/8", "10.0.0.1/", "fe80::1%eth0/64", 7])(
    "%s is none with a length",
    (text) => expect(parsePrefix(text)).toBeUndefined(),
  );

  it("is none when it is a name", () => expect(parseAddress("server")).toBeUndefined());
});

describe("a host of a network", () => {
  const host = (network: string, number: number): string | undefined => {
    const found = hostOf(parsePrefix(network)!, number);
    return found && prefixText(found);
  };

  it("has its number at the end, in IPv6 by its digits", () => {
    expect(host("10.1.0.0/16", 254)).toBe("10.1.0.254/16");
    expect(host("10.1.2.3/24", 10)).toBe("10.1.2.10/24");
    expect(host("fd00:1::/64", 10)).toBe("fd00:1::10/64");
  });

  it("is none that the network has no room for", () => {
    expect(host("10.0.0.0/30", 2)).toBe("10.0.0.2/30");
    expect(host("10.0.0.0/30", 3)).toBeUndefined();
    expect(host("fd00::/127", 2)).toBeUndefined();
  });

  it("is in its network, whichever it is", () => {
    const network = fc
      .tuple(fc.ipV4(), fc.integer({ min: 0, max: 23 }))
      .map(([ip, length]) => parsePrefix(`${ip}/${length}`)!);
    fc.assert(
      fc.property(network, fc.integer({ min: 1, max: 254 }), (prefix, number) => {
        expect(isWithin(hostOf(prefix, number)!, prefix)).toBe(true);
      }),
    );
  });
});
