import { expect, test } from "vitest";
import { installAdvice, parseDistribution } from "../../src/tools/distribution.ts";

test.each([
  ["ID=debian\n", "debian"],
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', "debian"],
  ['ID="linuxmint"\nID_LIKE="ubuntu debian"\n', "debian"],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', "fedora"],
  ["ID=arch\n", "arch"],
  ["ID=nixos\n", "nix"],
  ["ID=alpine\n", undefined],
  ["VERSION_ID=debian\n", undefined],
])("%o is %s", (text, distribution) => {
  expect(parseDistribution(text)).toBe(distribution);
});

test("advice names each package once, in order", () => {
  expect(installAdvice("debian", () => ["vde2", "qemu-utils", "vde2"])).toBe(
    "Debian/Ubuntu: apt install qemu-utils vde2.",
  );
});

test("an unknown distribution gets the advice for all of them", () => {
  expect(installAdvice(undefined, (which) => [`for-${which}`])).toBe(
    "Debian/Ubuntu: apt install for-debian.\nFedora: dnf install for-fedora.\nArch: pacman -S for-arch.\nNix: nix-shell -p for-nix.",
  );
});
