import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readApt } from "./apt.ts";
import type { AptPlaces } from "./apt.ts";

let folder = "";
let places: AptPlaces;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-apt-"));
  for (const name of ["cache", "lists", "lists/partial", "settings"])
    mkdirSync(join(folder, name), { mode: 0o700 });
  writeFileSync(join(folder, "lists/x_InRelease"), "Date: today\n");
  places = {
    status: join(folder, "status"),
    states: join(folder, "states"),
    lists: join(folder, "lists"),
    settings: join(folder, "settings"),
    program: join(folder, "apt-get"),
    policy: join(folder, "apt-cache"),
    trust: () => Promise.resolve(null),
  };
  setPolicy(500);
  vi.stubEnv("CACHE_DIRECTORY", join(folder, "cache"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const origin = "Debian-Security:12/oldstable-security";
/** An apt-cache that puts the release itself at this priority, and security updates at 500. */
function setPolicy(priority: number): void {
  const script = `#!/bin/sh
echo "Package files:"
echo " 500 http://host/security x/main amd64 Packages"
echo "     release v=12,o=Debian,a=oldstable-security,l=Debian-Security"
echo " ${priority} http://host/debian x/main amd64 Packages"
echo "     release v=12.15,o=Debian,a=oldstable,l=Debian"
echo "Pinned packages:"
`;
  writeFileSync(places.policy, script);
  chmodSync(places.policy, 0o755);
}

/** An apt that counts its runs and would bring libssl3 to version 2. */
function fakeApt(): void {
  const script = `#!/bin/sh
echo run >> ${folder}/runs
echo "1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded."
echo "Inst libssl3 [1] (2 ${origin} [amd64])"
`;
  writeFileSync(places.program, script);
  chmodSync(places.program, 0o755);
}
const runs = () => readFileSync(join(folder, "runs"), "utf8").split("\n").length - 1;

/** Writes dpkg's status as it was `agoSeconds` before. */
function setStatus(packages: Readonly<Record<string, string>>, agoSeconds = 0): void {
  const text = Object.entries(packages)
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join("\n");
  writeFileSync(places.status, `${text}\n`);
  const at = Date.now() / 1_000 - agoSeconds;
  utimesSync(places.status, at, at);
}

test("an update that apt meant to install is told by dpkg at once, and by apt once dpkg rests", async () => {
  fakeApt();
  setStatus({ libssl3: "1", vim: "9" });
  expect(await readApt({ places })).toMatchObject({ updates: { value: 1 }, again: false });
  setStatus({ libssl3: "2", vim: "9" });
  expect(await readApt({ places })).toMatchObject({ updates: { value: 0 }, again: true });
  expect(runs()).toBe(1);
  setStatus({ libssl3: "2", vim: "9" }, 120);
  expect((await readApt({ places }))?.again).toBe(false);
  expect(runs()).toBe(2);
});

test.each([
  ["a package that went back", { libssl3: "1", vim: "8" }, 0],
  ["lists that are new", { libssl3: "2", vim: "9" }, 0],
  ["a clock that was set back", { libssl3: "2", vim: "9" }, -3_600],
])("apt itself is asked about %s", async (what, packages, agoSeconds) => {
  fakeApt();
  setStatus({ libssl3: "1", vim: "9" });
  await readApt({ places });
  if (what.startsWith("lists")) writeFileSync(join(folder, "lists/y_InRelease"), "");
  setStatus(packages, agoSeconds);
  expect((await readApt({ places }))?.again).toBe(false);
  expect(runs()).toBe(2);
});

test("at once only what needs no apt is told", async () => {
  fakeApt();
  setStatus({ libssl3: "1", vim: "9" });
  expect(await readApt({ places, atOnce: true })).toBeNull();
  await readApt({ places });
  setStatus({ libssl3: "2", vim: "9" });
  expect(await readApt({ places, atOnce: true })).toMatchObject({ updates: { value: 0 } });
  setStatus({ libssl3: "2", vim: "8" });
  expect(await readApt({ places, atOnce: true })).toBeNull();
  expect(runs()).toBe(1);
});

test("a default release that hides security updates makes their number unknown, once it is set", async () => {
  fakeApt();
  setStatus({ libssl3: "1" });
  expect(await readApt({ places })).toMatchObject({ updates: { value: 1 } });
  setPolicy(1_001);
  const hidden = await readApt({ places });
  expect(hidden).toMatchObject({ updates: { reason: "conflict" } });
  expect(hidden?.text).toContain(" 1001 http://host/debian");
  rmSync(places.policy);
  expect(await readApt({ places })).toMatchObject({ updates: { reason: "parse" } });
});

test("nothing changed: apt is not asked again; a status that is none is no answer", async () => {
  fakeApt();
  setStatus({ libssl3: "1" });
  await readApt({ places });
  await readApt({ places });
  expect(runs()).toBe(1);
  writeFileSync(places.status, "\0\xff");
  const unknown = { kind: "unknown", reason: "parse" };
  expect(await readApt({ places })).toMatchObject({ updates: unknown });
  expect(runs()).toBe(1);
});
