import { expect, test } from "vitest";
import {
  browserLine,
  pacmanBrowsers,
  parseDnf5Locks,
  parseDpkgStatus,
  parseLockList,
  parsePacmanIgnores,
  parseRpmBrowsers,
  parseZypperLocks,
  flatpakVersion,
  snapVersion,
} from "./packages.ts";

const stanza = (name: string, status: string, version = "1.0-1") =>
  `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: ${version}\nDescription: x\n more\n`;

test("held packages are installed ones whose wish is hold; removed ones with leftovers are none", () => {
  const text = [
    stanza("libc6", "install ok installed", "2.36-9"),
    stanza("linux-image-amd64", "hold ok installed", "6.1.170-1"),
    stanza("gone", "deinstall ok config-files"),
    stanza("half", "install ok half-configured"),
  ].join("\n");
  expect(parseDpkgStatus(text)).toEqual([
    { name: "libc6", version: "2.36-9", held: false },
    { name: "linux-image-amd64", version: "6.1.170-1", held: true },
  ]);
});

test("a database that is cut, empty or something else is not readable", () => {
  const whole = `${stanza("libc6", "install ok installed")}\n${stanza("bash", "install ok installed")}`;
  expect(parseDpkgStatus(whole)).toHaveLength(2);
  expect(parseDpkgStatus(whole.slice(0, -30))).toBeNull();
  // Whole stanzas, but the last line may be the half of one.
  expect(parseDpkgStatus(whole.slice(0, -1))).toBeNull();
  expect(parseDpkgStatus("")).toBeNull();
  expect(parseDpkgStatus("garbage\n")).toBeNull();
});

test("each package manager's own list of locks", () => {
  expect(parseLockList("# Added lock on …\nkernel-0:5.14.0-1.*\n\nbash-*\n")).toEqual([
    "bash-*",
    "kernel-0:5.14.0-1.*",
  ]);
  expect(parseDnf5Locks('version = "1.0"\n[[packages]]\nname = "kernel"\n')).toEqual(["kernel"]);
  expect(parseZypperLocks("\ntype: package\nmatch_type: glob\nsolvable_name: kernel*\n")).toEqual([
    "kernel*",
  ]);
  expect(parsePacmanIgnores("[options]\nIgnorePkg = linux  nvidia\n#IgnorePkg = bash\n")).toEqual([
    "linux",
    "nvidia",
  ]);
});

test("browsers lose epoch and revision of their packages; other packages are none", () => {
  expect(browserLine("firefox-esr", "140.5.0esr-1~deb12u1")).toBe("firefox-esr 140.5.0");
  expect(browserLine("firefox", "1:140.3.0+build1-0ubuntu0.24.04.1")).toBe("firefox 140.3.0");
  expect(browserLine("google-chrome-stable", "131.0.6778.85-1")).toBe("chrome 131.0.6778.85");
  expect(browserLine("constructor", "1.0")).toBeNull();
  const rpm = "firefox 140.3.0\npackage chromium is not installed\ngoogle-chrome-stable 131.0.1\n";
  expect(parseRpmBrowsers(rpm)).toEqual(["firefox 140.3.0", "chrome 131.0.1"]);
  expect(pacmanBrowsers(["firefox-140.0.4-1", "firefox-ublock-origin-1.2-3", "x"])).toEqual([
    "firefox 140.0.4",
  ]);
  expect(snapVersion("name: firefox\nversion: 140.0.4-1\n")).toBe("140.0.4");
  expect(snapVersion("name: firefox\n")).toBeNull();
  const release = (version: string) =>
    `<component><releases><release date="2026-11-11" version="${version}"/><release version="1.0"/></releases></component>`;
  expect(flatpakVersion(release("145.0.1"))).toBe("145.0.1");
  expect(flatpakVersion(release("nightly"))).toBeNull();
  expect(flatpakVersion("<component/>")).toBeNull();
});
