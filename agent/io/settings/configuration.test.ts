import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { plainSettings } from "../../core/settings.ts";
import { placesOf } from "../places.ts";
import { openConfiguration, requireRootOwned } from "./configuration.ts";
import { removeSpentKeys } from "./managed-files.ts";

let directory: string;
let config: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  config = join(directory, "agent.yaml");
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (environment: Record<string, string> = {}) =>
  openConfiguration(
    placesOf({ SALLYPORT_CONFIG: config, SALLYPORT_STATE_DIR: directory }),
    environment,
  );
const read = (environment: Record<string, string> = {}) => open(environment)();

function manage(name: string, content: object | string): string {
  const path = join(directory, "managed.d", name);
  mkdirSync(join(directory, "managed.d"), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

test("has defaults that let the user disconnect and leave netd's own ceilings", async () => {
  const found = await read();
  const rows = found.settings.rows.map(({ key }) => ({ key, value: null, source: "default" }));
  expect(found).toEqual({
    settings: { ...plainSettings(), rows },
    logLevel: "info",
    ceilings: {},
    proxy: null,
    door: { controller: null, rootPins: null },
    updates: { install: false, url: null, channel: "stable" },
    enrolmentKey: null,
  });
});

test("device management wins over the file, the file over the environment, the last name first", async () => {
  writeFileSync(config, "LogLevel: warn\nAllowUserDisconnect: true\n");
  manage("10-base.json", { AllowUserDisconnect: true, ManagedByOrganizationName: "Example" });
  manage("20-strict.json", { AllowUserDisconnect: false });
  const { settings, logLevel } = await read({ SALLYPORT_LOG_LEVEL: "debug" });
  expect(logLevel).toBe("warn");
  expect(settings).toMatchObject({ allowUserDisconnect: false, managedBy: "Example" });
  const sources = Object.fromEntries(settings.rows.map(({ key, source }) => [key, source]));
  expect(sources).toMatchObject({
    AllowUserDisconnect: "managed",
    LogLevel: "file",
    AlwaysOn: "default",
  });
});

test("a file that a tool of Windows wrote, with its byte order mark, is read like any other", async () => {
  const mark = "\uFEFF";
  manage("10.json", `${mark}${JSON.stringify({ AlwaysOn: true })}`);
  const key = manage("20.json", `${mark}${JSON.stringify({ EnrollmentKey: "none" })}`);
  const { settings } = await read();
  expect(settings).toMatchObject({ alwaysOn: true });
  expect(settings.problems.map(({ params }) => params["name"])).toEqual(["EnrollmentKey"]);
  removeSpentKeys(join(directory, "managed.d"));
  expect(existsSync(key)).toBe(false);
});

test("always on means that nobody may disconnect, unless that is set as well", async () => {
  manage("10.json", { AlwaysOn: 1 });
  expect((await read()).settings).toMatchObject({ alwaysOn: true, allowUserDisconnect: false });
  manage("20.json", { AllowUserDisconnect: "yes", ReconnectAfter: "2h" });
  expect((await read()).settings).toMatchObject({
    alwaysOn: true,
    allowUserDisconnect: true,
    reconnectAfterMs: 7_200_000,
  });
});

test("a managed value that is not understood is named and left out; the others count", async () => {
  manage("10.json", {
    AlwaysOn: "sometimes",
    Fnord: 1,
    hidetray: 1,
    SupportURL: "https://it.example.com/",
  });
  const { settings } = await read();
  expect(settings).toMatchObject({ alwaysOn: false, supportUrl: "https://it.example.com/" });
  expect(settings.problems.map(({ code, params }) => [code, params["name"]])).toEqual([
    ["SP-130", "AlwaysOn"],
    ["SP-131", "Fnord"],
    ["SP-130", "hidetray"],
  ]);
});

test("a managed file that is being written keeps what it said", async () => {
  const again = open();
  const path = manage("10.json", { AlwaysOn: true });
  await again();
  for (const half of ["", '{"AlwaysOn": fa']) {
    writeFileSync(path, half);
    const { settings } = await again();
    expect(settings.alwaysOn).toBe(true);
    expect(settings.problems).toMatchObject([{ code: "SP-130" }]);
  }
  writeFileSync(path, "{}");
  expect((await again()).settings).toMatchObject({ alwaysOn: false, problems: [] });
});

test("a pipe or a device among the files is named, and nobody waits for it", async () => {
  manage("10.json", { LogLevel: "warn" });
  execFileSync("/usr/bin/mkfifo", [join(directory, "managed.d", "20.json")]);
  symlinkSync("/dev/zero", join(directory, "managed.d", "30.json"));
  const { settings, logLevel } = await read();
  expect(logLevel).toBe("warn");
  expect(settings.problems.map(({ params }) => params["why"])).toEqual([
    expect.stringMatching(/^is no file .*20\.json/),
    expect.stringMatching(/^is no file .*30\.json/),
  ]);
});

test("a folder that cannot be read is named, and keeps what it said", async () => {
  const again = open();
  manage("10.json", { AlwaysOn: true });
  await again();
  rmSync(join(directory, "managed.d"), { recursive: true });
  writeFileSync(join(directory, "managed.d"), "");
  const { settings } = await again();
  expect(settings.alwaysOn).toBe(true);
  expect(settings.problems).toMatchObject([
    { code: "SP-130", params: { why: expect.stringContaining("ENOTDIR") as string } },
  ]);
});

test("a folder that others may write is named", async () => {
  manage("10.json", { AlwaysOn: true });
  chmodSync(join(directory, "managed.d"), 0o777);
  const { settings } = await read();
  expect(settings.alwaysOn).toBe(true);
  expect(settings.problems[0]?.params["why"]).toContain("others than root");
});

test("a spent key goes, whatever else lies in its folder", () => {
  const key = manage("20.json", { EnrollmentKey: "sp1_spent" });
  const kept = manage("30.json", { EnrollmentKey: "sp1_spent", AlwaysOn: true });
  const folder = join(directory, "managed.d");
  symlinkSync(join(directory, "gone"), join(folder, "10.json"));
  removeSpentKeys(folder);
  expect([key, kept].map((path) => existsSync(path))).toEqual([false, true]);
});

test("a spent key goes, though a file that cannot even be looked at comes before it", () => {
  const key = manage("20.json", { EnrollmentKey: "sp1_spent" });
  const folder = join(directory, "managed.d");
  symlinkSync("10.json", join(folder, "10.json"));
  removeSpentKeys(folder);
  expect(existsSync(key)).toBe(false);
});

test("more files than are read are said, not left out in silence", async () => {
  for (let at = 100; at < 165; at += 1) manage(`${at}.json`, { LogLevel: "warn" });
  expect((await read()).settings.problems).toMatchObject([
    { code: "SP-130", params: { why: expect.stringContaining("more than 64 files") as string } },
  ]);
  rmSync(join(directory, "managed.d", "164.json"));
  expect((await read()).settings.problems).toEqual([]);
});

test("a managed file that others may write lifts nothing and sets nothing", async () => {
  manage("10.json", { AlwaysOn: true });
  chmodSync(manage("20.json", { AlwaysOn: false }), 0o666);
  const { settings } = await read();
  expect(settings.alwaysOn).toBe(true);
  expect(settings.problems[0]?.params["why"]).toContain("others than root");
});

test("secrets are shown as such, and a damaged key is said before anybody uses it", async () => {
  manage("10.json", { EnrollmentKey: "sp1_damaged", ProxyURL: "http://ada:hush@proxy:3128" });
  manage("20.json", {
    ControllerURL: "https://ada:hush@controller:8443",
    UpdateURL: "https://hush@updates.example.com/a",
  });
  const { settings } = await read();
  expect(settings.rows).toContainEqual({
    key: "UpdateURL",
    value: "https://updates.example.com/a",
    source: "managed",
  });
  expect(JSON.stringify(settings)).not.toMatch(/damaged|hush/);
  expect(settings.problems).toMatchObject([{ code: "SP-104" }]);
});

test("an agent.yaml that cannot be read is named", async () => {
  mkdirSync(config);
  await expect(read()).rejects.toMatchObject({
    code: "SP-130",
    params: { name: config, why: "cannot be read: EISDIR" },
  });
});

test.each([
  ["an unknown key", "AllowUserDisconect: false\n"],
  ["a wrong type", "AllowUserDisconnect: maybe\n"],
  ["an enrolment key, since everybody may read it", "EnrollmentKey: sp1_x\n"],
  ["no YAML", "a: [1\n"],
  ["a prefix with host bits", "ceilings: { allowedPrefixes: [10.0.0.1/8] }\n"],
])("refuses %s in agent.yaml with SP-130", async (_what, text) => {
  writeFileSync(config, text);
  await expect(read()).rejects.toThrow(/SP-130/);
});

test("device management cannot set ceilings, and a file with them must be root's alone", async () => {
  manage("10.json", { ceilings: { allowedPrefixes: ["0.0.0.0/0"] } });
  const { ceilings, settings } = await read();
  expect(ceilings).toEqual({});
  expect(settings.problems).toMatchObject([{ params: { name: "ceilings" } }]);
  writeFileSync(config, "ceilings: { allowedPrefixes: [10.0.0.0/8] }\n");
  chmodSync(config, 0o666);
  expect(() => requireRootOwned(config)).toThrow(/SP-130/);
});
