import fc from "fast-check";
import { expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { readClamd } from "./clamd.ts";
import { statusParsers as parsers } from "./parsers.ts";
import { withSignatureAge } from "./health.ts";
import type { Health } from "./health.ts";
import { readWazuh } from "./status-text.ts";

const now = Date.UTC(2026, 10, 22, 12);
const statusParsers = Object.fromEntries(
  Object.entries(parsers).map(([name, parse]) => [name, (text: string) => parse(text, now)]),
) as Record<keyof typeof parsers, (text: string) => Health>;

const healthy = { kind: "healthy", signatureAgeHours: null };
const unknown = { kind: "unknown" };
const degraded = (because: string) => ({ kind: "degraded", because, signatureAgeHours: null });

const defender = {
  $type: "getHealthAllResult",
  healthy: true,
  licensed: true,
  healthIssues: [],
  definitionsStatus: { $type: "upToDate" },
  definitionsUpdatedMinutesAgo: 125,
  realTimeProtectionEnabled: { displayValue: true, isManaged: false, value: true },
  passiveModeEnabled: { displayValue: false, isManaged: false, value: false },
};
const readDefender = (change: object) =>
  statusParsers.defender(JSON.stringify({ ...defender, ...change }));

test("Defender is healthy with every condition, wrapped or plain", () => {
  expect(readDefender({})).toEqual({ kind: "healthy", signatureAgeHours: 2 });
  expect(readDefender({ realTimeProtectionEnabled: true, passiveModeEnabled: false }).kind).toBe(
    "healthy",
  );
});

test("Defender's own `healthy: true` with protection off and passive mode on is not healthy", () => {
  const off = { value: false };
  const health = readDefender({
    realTimeProtectionEnabled: off,
    passiveModeEnabled: { value: true },
  });
  expect(health).toEqual({
    kind: "degraded",
    because: "real-time protection is off, passive mode is on",
    signatureAgeHours: 2,
  });
});

test.each([
  ["old definitions", { definitionsUpdatedMinutesAgo: 4321 }, "degraded"],
  ["health issues", { healthIssues: ["x"] }, "degraded"],
  ["definitions from tomorrow", { definitionsUpdatedMinutesAgo: -5 }, "unknown"],
  ["a missing key", { licensed: undefined }, "unknown"],
  ["a changed type", { definitionsStatus: "fine" }, "unknown"],
])("Defender with %s is %s", (_, change, kind) => {
  expect(readDefender(change).kind).toBe(kind);
});

test("Defender's answers that are no object are unknown", () => {
  expect(statusParsers.defender("1")).toEqual(unknown);
  expect(statusParsers.defender("real_time_protection_enabled : true")).toEqual(unknown);
});

const aid = 'aid="0123456789abcdef0123456789abcdef"';
test.each([
  [`cid="x", ${aid}, rfm-state=false, rfm-reason=None, version = 7.10`, healthy],
  [`${aid}\nrfm-state=false,\n`, healthy],
  [
    `${aid}, rfm-state=true, version = 7.10`,
    degraded("the sensor is in reduced functionality mode"),
  ],
  ["aid is not set, rfm-state=false", degraded("the sensor is not registered")],
  ["ERROR: failed to process the option --cid", unknown],
])("Falcon %j", (text, health) => {
  expect(statusParsers.falcon(text)).toEqual(health);
});

test("SentinelOne is read by label on each system", () => {
  const linux = "Agent state      Enabled\nDFI library    Initialized\nConnectivity    On\n";
  expect(statusParsers["sentinel-linux"](linux)).toEqual(healthy);
  expect(statusParsers["sentinel-linux"](linux.replace("On", "Off")).kind).toBe("degraded");
  expect(statusParsers["sentinel-linux"]("Agent version: 30.1.1.10")).toEqual(unknown);
  const mac =
    "Agent\n   Ready: yes\n   Protection: enabled\n   Infected: no\nManagement\n   Connected: yes\n";
  expect(statusParsers["sentinel-mac"](mac)).toEqual(healthy);
  for (const [good, bad] of [
    ["Ready: yes", "Ready: no"],
    ["Protection: enabled", "Protection: disabled"],
    ["Connected: yes", "Connected: no"],
  ] as const) {
    expect(statusParsers["sentinel-mac"](mac.replace(good, bad)).kind).toBe("degraded");
  }
  expect(
    statusParsers["sentinel-mac"](`${mac}   Missing Authorizations: Full Disk Access\n`).kind,
  ).toBe("degraded");
  const listing = (list: string) =>
    statusParsers["sentinel-mac"](mac.replace("Management", `${list}Management`)).kind;
  expect(listing("   Missing Authorizations:\r\n      Full Disk Access\r\n")).toBe("degraded");
  expect(listing("   Missing Authorizations:\n   - Full Disk Access\n")).toBe("degraded");
  expect(listing("Missing Authorizations\n\n   Full Disk Access\n")).toBe("degraded");
  expect(listing("   Missing Authorizations:\n")).toBe("healthy");
  const windows =
    "Disable State: Not disabled by the user\nSentinelMonitor is loaded\n" +
    "SentinelAgent is loaded\nSentinelAgent is running as PPL\nSelf-Protection status: On\n";
  expect(statusParsers["sentinel-windows"](windows)).toEqual(healthy);
  expect(statusParsers["sentinel-windows"](windows.replace(" status", ""))).toEqual(healthy);
  expect(
    statusParsers["sentinel-windows"](windows.replace("is loaded", "is not loaded")).kind,
  ).toBe("degraded");
  const agentOnly = (line: string) =>
    statusParsers["sentinel-windows"](windows.replace(/^SentinelAgent.*\n/gm, line)).kind;
  expect(agentOnly("SentinelAgent is not loaded\n")).toBe("degraded");
  expect(agentOnly("SentinelAgent is running as PPL\n")).toBe("healthy");
  expect(agentOnly("")).toBe("unknown");
});

test("Elastic needs a healthy endpoint component", () => {
  const status = (state: number, components: object[]) =>
    statusParsers.elastic(JSON.stringify({ state, components }));
  expect(status(2, [{ id: "endpoint-default", state: 2 }])).toEqual(healthy);
  expect(status(2, [{ id: "endpoint-default", state: 3 }]).kind).toBe("degraded");
  expect(status(2, [{ id: "filestream", state: 2 }]).kind).toBe("degraded");
  expect(statusParsers.elastic("{}")).toEqual(unknown);
});

test.each([
  [2, "healthy"],
  [3, "degraded"],
  [4, "degraded"],
])("Elastic with a FleetState of %i is %s, whatever the agent calls itself", (FleetState, kind) => {
  const components = [{ id: "endpoint-default", state: 2 }];
  expect(statusParsers.elastic(JSON.stringify({ state: 2, components, FleetState })).kind).toBe(
    kind,
  );
});

test("Cortex, Trend, Bitdefender, Carbon Black and Trellix", () => {
  const table = "Name PID User Status Command\npmd 1234 root Running /opt/traps/bin/pmd\n";
  expect(statusParsers.cortex(table)).toEqual(healthy);
  expect(statusParsers.cortex(table.replace("Running", "Stopped")).kind).toBe("degraded");
  const trend = "AgentStatus.13: agentState\nAgentStatus.agentState: green\n";
  expect(statusParsers.trend(trend)).toEqual(healthy);
  expect(statusParsers.trend("AgentStatus.13: agentState\n")).toEqual(unknown);
  const bitdefender =
    "Antimalware status: On\nNew security content available: no\n" +
    "Last security content update: 2026-11-21 at 11:44:37 GMT+2\n";
  expect(statusParsers.bitdefender(bitdefender)).toEqual({ ...healthy, signatureAgeHours: 26 });
  expect(statusParsers.bitdefender(bitdefender.replace("On", "Off")).kind).toBe("degraded");
  const carbon = "Sensor State:\n  State: Enabled\n  Registered: Yes\n";
  expect(statusParsers["carbon-black"](carbon)).toEqual(healthy);
  expect(statusParsers["carbon-black"](carbon.replace("Enabled", "Bypass")).kind).toBe("degraded");
  const cloud = "Cloud Status:\n  State: Enabled\n";
  const bypassed = carbon.replace("Enabled", "Disabled");
  expect(statusParsers["carbon-black"](cloud + bypassed).kind).toBe("degraded");
  expect(statusParsers["carbon-black"](bypassed + cloud).kind).toBe("degraded");
  expect(statusParsers["carbon-black"](cloud + carbon)).toEqual(healthy);
  expect(statusParsers["carbon-black"](`${cloud}  Registered: Yes\n`)).toEqual(unknown);
  expect(statusParsers["carbon-black"](`${carbon}  FullDiskAccess:NotEnabled\n`).kind).toBe(
    "degraded",
  );
  expect(
    statusParsers["carbon-black"](`${carbon}  Details:\n    Shutdown In Progress\n`).kind,
  ).toBe("degraded");
  const eset = (description: string) =>
    statusParsers.eset(JSON.stringify({ id: 1, result: { description }, error: null }));
  expect(eset("You are protected")).toEqual(healthy);
  expect(eset("Security alert").kind).toBe("degraded");
  expect(eset("Sie sind geschützt")).toEqual(unknown);
  const trellix = "Access Protection: Enabled\nVersion : 10.7.12\nDAT Date : 2026-11-21\n";
  expect(statusParsers.trellix(trellix)).toEqual({ ...healthy, signatureAgeHours: 36 });
  expect(statusParsers.trellix(trellix.replace("Enabled", "Disabled")).kind).toBe("degraded");
});

test.each([
  ["of last year", "2025-08-24 at 11:44:37 GMT+2", "degraded"],
  ["four days old", "2026-11-18 at 11:44:37 GMT", "degraded"],
  ["from tomorrow, by a clock that was set back", "2026-11-23 at 20:00:00 GMT-1", "unknown"],
  ["never updated", "Never", "unknown"],
  ["of a month that is none", "2026-00-21 at 11:44:37 GMT+2", "unknown"],
  ["in another form", "24.08.2026 um 11:44:37", "unknown"],
  ["of a month that is none", "2026-13-21 at 11:44:37 GMT", "unknown"],
])("signatures %s protect nobody today", (_, date, kind) => {
  const status = "Antimalware status: On\nNew security content available: no\n";
  const health = statusParsers.bitdefender(`${status}Last security content update: ${date}\n`);
  expect(withSignatureAge(health).kind).toBe(kind);
});

test.each([
  ["DAT Date : 2026-11-18", "degraded"],
  ["DAT Date : 11-10-2026", "unknown"],
  ["DAT Version : 5052.0", "unknown"],
])("Trellix with %s", (line, kind) => {
  const health = statusParsers.trellix(`Access Protection: Enabled\n${line}\n`);
  expect(withSignatureAge(health).kind).toBe(kind);
});

test("Wazuh's state must be connected and kept up", () => {
  const state = "# State file\nstatus='connected'\nlast_keepalive='2026-11-22 07:00:00'\n";
  expect(readWazuh(state, 4)).toEqual(healthy);
  expect(readWazuh(state, 61).kind).toBe("degraded");
  expect(readWazuh(state, -61).kind).toBe("degraded");
  expect(readWazuh(state.replace("connected", "pending"), 4).kind).toBe("degraded");
  expect(readWazuh("", 4)).toEqual(unknown);
});

test("clamd's replies are read with and without a daily set", () => {
  const stats = "POOLS: 1\n\nSTATE: VALID PRIMARY\n";
  expect(readClamd({ ping: "PONG", version: "ClamAV 1.4.6", stats })).toEqual({
    alive: true,
    enginesValid: true,
    version: "1.4.6",
    signatureDate: null,
  });
  const trouble = { ping: "no PONG", version: "", stats: "STATE: INVALID PRIMARY\n" };
  expect(readClamd(trouble)).toMatchObject({ alive: false, enginesValid: false });
  const version = "ClamAV 1.4.6/27500/Sat Nov 21 08:24:35 2026";
  expect(readClamd({ ping: "PONG\0", version, stats }).signatureDate).toBe(
    "Sat Nov 21 08:24:35 2026",
  );
});

test.each([
  ["cortex", "pmd 1234 root Running /opt/traps/bin/pmd\n"],
  ["trend", "AgentStatus.agentState: green\n"],
  ["carbon-black", "Sensor State:\n  State: Enabled\n  Registered: Yes\n"],
  ["trellix", "Access Protection: Enabled\nDAT Date : 2026-11-21\n"],
  [
    "bitdefender",
    "Antimalware status: On\nNew security content available: no\n" +
      "Last security content update: 2026-11-21 at 11:44:37 GMT+2\n",
  ],
] as const)("%s: a flood of blank lines and of blanks changes nothing and ends", (parser, text) => {
  const flood = "\r\n".repeat(500_000) + " ".repeat(500_000);
  expect(statusParsers[parser](`${flood}\n${text}${flood}`).kind).toBe("healthy");
});

test("garbage is never healthy", () => {
  const text = fc.oneof(fc.string(), fc.json());
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(statusParsers)), text, (parse, garbage) => {
      expect(parse(garbage).kind).not.toBe("healthy");
    }),
  );
});

const stats = (body: string) =>
  `<?xml version="1.0"?>\n<plist version="1.0"><dict>${body}</dict></plist>\n`;
const falcon = (rfm: boolean, loaded: boolean) =>
  "<key>aid</key><string>0123456789ABCDEF0123456789ABCDEF</string><key>falcon_version</key><string>7.29</string>" +
  `<key>rfm</key><${rfm}/><key>sensor_loaded</key><${loaded}/>`;

test.each([
  [stats(falcon(false, true)), healthy],
  [stats(`<key>agent_info</key><dict>${falcon(false, true)}</dict>`), healthy],
  [stats(falcon(true, true)), degraded("the sensor is in reduced functionality mode")],
  [stats(falcon(false, false)), degraded("the sensor is not loaded")],
  [stats("<key>rfm</key><false/>"), unknown],
  [stats("<key>rfm</key><string>no</string>"), unknown],
  [stats(falcon(false, true)).slice(0, -9), unknown],
  ["", unknown],
])("CrowdStrike's statistics on a Mac: %#", (text, health) => {
  expect(statusParsers["falcon-mac"](text)).toEqual(health);
});

test.each(["linux", "darwin", "windows"] as const)("%s knows the big three", (os) => {
  const ids = edrCatalogue.filter((product) => product.os === os).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(["crowdstrike", "sentinelone", "carbon-black"]));
});
