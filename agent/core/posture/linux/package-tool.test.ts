import { expect, test } from "vitest";
import { parseOsRelease } from "./os-release.ts";
import { packageManagerOf } from "./package-tool.ts";

const packages = { ostree: false, transactional: false };

test.each([
  ["ID=debian", "apt"],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"', "apt"],
  ["ID=fedora", "dnf"],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"', "dnf"],
  ['ID="opensuse-leap"\nID_LIKE="suse opensuse"', "zypper"],
  ['ID="sles"\nID_LIKE="suse"', "zypper"],
  ["ID=arch", "pacman"],
  ["ID=manjaro\nID_LIKE=arch", "pacman"],
  ["ID=nixos", null],
  ["", null],
])("%j is kept up to date by %s", (text, manager) => {
  expect(packageManagerOf(parseOsRelease(text), packages)).toBe(manager);
});

test("a system that is updated as one image is told by its signs", () => {
  const silverblue = parseOsRelease("ID=fedora\nVARIANT_ID=silverblue");
  expect(packageManagerOf(silverblue, { ...packages, ostree: true })).toBe("rpm-ostree");
  const micro = parseOsRelease('ID="opensuse-microos"\nID_LIKE="suse opensuse"');
  const signs = { ...packages, transactional: true };
  expect(packageManagerOf(micro, signs)).toBe("transactional-update");
  expect(packageManagerOf(parseOsRelease("ID=debian"), signs)).toBe("apt");
});
