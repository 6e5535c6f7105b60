import fc from "fast-check";
import { expect, test } from "vitest";
import { readPackageVersions, remainingUpgrade } from "./apt-progress.ts";

const security = "Debian:12.15/oldstable, Debian-Security:12/oldstable-security";
const simulation = [
  "2 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.",
  `Inst libssl3 [3.0.1] (3.0.2 ${security} [amd64])`,
  "Inst base-files [12.4] (12.5 Debian:12.15/oldstable [amd64])",
  `Inst linux-image-6 (6.1.2 ${security} [amd64])`,
  "",
].join("\n");
const before = new Map([
  ["libssl3:amd64", "3.0.1"],
  ["base-files:amd64", "12.4"],
  ["vim:amd64", "9.0"],
]);
const after = (...changes: readonly (readonly [string, string | null | undefined])[]) => {
  const now = new Map<string, string | null>(before);
  for (const [key, version] of changes) {
    if (version === undefined) now.delete(key);
    else now.set(key, version);
  }
  return remainingUpgrade(simulation, before, now);
};

test("nothing moved: all is left", () => {
  expect(after()).toEqual({ pending: 3, security: 2, unread: 0 });
});

test("a package that arrived at the version apt meant is done", () => {
  expect(after(["libssl3:amd64", "3.0.2"])).toEqual({ pending: 2, security: 1, unread: 0 });
  expect(after(["linux-image-6:amd64", "6.1.2"])).toEqual({ pending: 2, security: 1, unread: 0 });
});

test("a removed package needs no update", () => {
  expect(after(["libssl3:amd64", undefined])).toEqual({ pending: 2, security: 1, unread: 0 });
  expect(after(["vim:amd64", undefined])).toEqual({ pending: 3, security: 2, unread: 0 });
});

test("one that is half installed is still pending", () => {
  expect(after(["libssl3:amd64", null])).toEqual({ pending: 3, security: 2, unread: 0 });
});

test.each([
  ["went back to an older version", ["vim:amd64", "8.2"]],
  ["went to another version than apt meant", ["libssl3:amd64", "3.0.1+local1"]],
  ["went back further", ["libssl3:amd64", "2.9"]],
  ["came from elsewhere", ["odd:amd64", "1"]],
  ["half of something else", ["vim:amd64", null]],
] as const)("only apt can tell when a package %s", (_, change) => {
  expect(after(change)).toBeNull();
});

test("an Inst line of another shape leaves it to apt", () => {
  expect(remainingUpgrade("Inst odd line\n", before, before)).toBeNull();
});

const status = [
  "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.2\n",
  "Package: vim\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 9.0\n",
  "Package: mid\nStatus: install ok half-configured\nArchitecture: all\nVersion: 1\n",
].join("\n");

test("dpkg's status tells versions, leaves removed packages out and marks half installed ones", () => {
  expect(readPackageVersions(`${status}\n`)).toEqual(
    new Map([
      ["libssl3:amd64", "3.0.2"],
      ["mid:all", null],
    ]),
  );
  expect(readPackageVersions("")).toBeNull();
  expect(readPackageVersions(status.slice(0, -3))).toBeNull();
  expect(readPackageVersions("Package: a\nVersion: 1\n")).toBeNull();
});

test("damaged simulations and states never make less pending than nothing", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat({ max: simulation.length }), (noise, at) => {
      const text = simulation.slice(0, at) + noise + simulation.slice(at);
      const left = remainingUpgrade(text, before, readPackageVersions(noise) ?? before);
      expect(left === null || left.security <= left.pending).toBe(true);
    }),
  );
});
