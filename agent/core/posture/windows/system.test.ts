import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeProductState,
  judgeDefenderStatus,
  judgeOnboarding,
  judgeSophos,
  judgeWindowsProtection,
} from "./protection.ts";
import { parseAnswer, readNames } from "./answer.ts";
import { judgeBitLocker, judgeManageBde } from "./disk.ts";
import { judgeWindowsFirewall } from "./firewall.ts";
import { judgeWindowsSecureBoot, judgeWindowsTpm } from "./integrity.ts";
import { judgeWindowsReboot, judgeWindowsRelease } from "./release.ts";
import { judgeHotfixes, judgeWindowsAutoUpdate, judgeWindowsUpdates } from "./patches.ts";

const known = (value: unknown) => ({ kind: "known", value });
const unknown = (reason: string) => ({ kind: "unknown", reason });

test("builds are versions; support follows the build and the kind of installation", () => {
  const release = (build: string, kind: string) =>
    judgeWindowsRelease(
      { CurrentBuildNumber: build, UBR: 4061, InstallationType: kind },
      "2026-11-22",
    );
  expect(release("26200", "Client")).toEqual({
    product: known("windows"),
    version: known("10.0.26200.4061"),
    supported: known(true),
    daysLeft: known(324),
  });
  expect(release("19045", "Client").supported).toEqual(known(false));
  expect(release("26100", "Server Core").supported).toEqual(known(true));
  expect(release("99999", "Client").supported).toEqual(unknown("no_data"));
  expect(judgeWindowsRelease({ UBR: 1 }, "2026-11-22").version).toEqual(unknown("parse"));
});

const securityId = "0fa1201d-4330-4fa8-8ae9-b877473b6441";
const security = { Categories: [securityId] };
const driver = { Categories: ["ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0"] };

test.each([
  [{ ResultCode: 2, Updates: [security, driver], LastSearchAgeHours: 5 }, known(1)],
  [{ ResultCode: 2, Updates: [], LastSearchAgeHours: 5 }, known(0)],
  [{ ResultCode: 3, Updates: [], LastSearchAgeHours: 5 }, unknown("no_data")],
  [{ ResultCode: 2, Updates: [], LastSearchAgeHours: 200 }, unknown("stale_source")],
  [{ ResultCode: 2, Updates: [] }, unknown("stale_source")],
  [{ ResultCode: 2, Updates: [{}, security], LastSearchAgeHours: 5 }, unknown("parse")],
  [{ ResultCode: 2, Updates: [{ Categories: [] }], LastSearchAgeHours: 5 }, unknown("parse")],
  [{ ResultCode: 2, Updates: [], LastSearchAgeHours: -5 }, unknown("stale_source")],
  [
    { ResultCode: 2, Updates: [{ Categories: [securityId.toUpperCase()] }], LastSearchAgeHours: 5 },
    known(1),
  ],
])("updates %j", (answer, reading) => {
  expect(judgeWindowsUpdates(answer).updates).toEqual(reading);
});

test("a search from tomorrow, by a clock that was set back, has no age", () => {
  const answer = { ResultCode: 2, Updates: [], LastSearchAgeHours: -5 };
  expect(judgeWindowsUpdates(answer).sourceAge).toEqual(unknown("conflict"));
});

test("hotfixes are names; superseded entries without one and other shapes are not made up", () => {
  expect(judgeHotfixes(["KB5031234", "File 1", "kb5020876", "KB5031234"])).toEqual(
    known(["KB5020876", "KB5031234"]),
  );
  expect(judgeHotfixes([])).toEqual(known([]));
  expect(judgeHotfixes("KB5031234")).toEqual(unknown("parse"));
  expect(judgeHotfixes([{ HotFixID: "KB5031234" }])).toEqual(unknown("parse"));
});

const volume = (change: object) => ({
  VolumeType: 0,
  ProtectionStatus: 1,
  ConversionStatus: 1,
  EncryptionPercentage: "100",
  ...change,
});

test.each([
  ["a protected volume", [volume({})], known(true)],
  ["no system volume", [volume({ VolumeType: 1 })], unknown("no_data")],
  ["suspended protection", [volume({ ProtectionStatus: 0 })], known(false)],
  [
    "encryption in progress",
    [volume({ ConversionStatus: 2, EncryptionPercentage: 40 })],
    known(false),
  ],
  ["decryption under way", [volume({ ConversionStatus: 3 })], known(false)],
  ["a part that is not encrypted", [volume({ EncryptionPercentage: 99 })], known(false)],
  [
    "a plain data volume beside",
    [volume({}), volume({ VolumeType: 1, ProtectionStatus: 0 })],
    known(false),
  ],
  [
    "a plain removable stick beside",
    [volume({}), volume({ VolumeType: 2, ProtectionStatus: 0 })],
    known(true),
  ],
  [
    "a locked data volume",
    [volume({}), volume({ VolumeType: 1, ProtectionStatus: 2 })],
    unknown("no_data"),
  ],
  ["no volume at all", [], unknown("no_data")],
  ["another shape", { VolumeType: 0 }, unknown("parse")],
])("BitLocker with %s", (_, answer, reading) => {
  expect(judgeBitLocker(answer)).toEqual(reading);
});

const firewall = (change: object, services: object = { mpssvc: true, BFE: true }) => ({
  Profiles: ["Domain", "Private", "Public"].map((Name) => ({
    Name,
    Enabled: 1,
    DefaultInboundAction: 0,
    ...(Name === "Public" ? change : {}),
  })),
  Services: services,
});

test.each([
  ["all on", firewall({}), known(true)],
  ["blocking by choice", firewall({ DefaultInboundAction: 4 }), known(true)],
  ["booleans", firewall({ Enabled: true }), known(true)],
  ["one profile off", firewall({ Enabled: 0 }), known(false)],
  ["inbound allowed", firewall({ DefaultInboundAction: 2 }), known(false)],
  ["its service stopped", firewall({}, { mpssvc: false, BFE: true }), known(false)],
  ["an unread profile", firewall({ Enabled: "Wahr" }), unknown("parse")],
  ["no profiles", { Services: {} }, unknown("parse")],
])("firewall with %s", (_, answer, reading) => {
  expect(judgeWindowsFirewall(answer)).toEqual(reading);
});

test.each([
  [397568, { running: true, fresh: true }],
  [266240, { running: true, fresh: true }],
  [331776, { running: true, fresh: true }],
  [397584, { running: true, fresh: false }],
  [393472, { running: false, fresh: true }],
  [401664, { running: false, fresh: true }],
  [262144, { running: false, fresh: true }],
  [397569, { running: true, fresh: true }],
])("productState %d", (state, product) => {
  expect(decodeProductState(state)).toEqual(product);
});

const defender = {
  AMServiceEnabled: true,
  RealTimeProtectionEnabled: true,
  AMRunningMode: "Normal",
  AntivirusSignatureAge: 1,
  ComputerState: 0,
};

const failed = (code: string) => ({ Error: `0x80131500 HRESULT ${code},Cim 0 Fehler` });
const stopped = failed("0x800106ba");

test("Defender is healthy with service, real-time protection, normal mode and fresh signatures", () => {
  expect(judgeDefenderStatus(defender)).toEqual({ kind: "healthy", signatureAgeHours: 24 });
  expect(judgeDefenderStatus({ ...defender, AMRunningMode: "Passive Mode" }).kind).toBe("degraded");
  expect(judgeDefenderStatus({ ...defender, AntivirusSignatureAge: 65_535 })).toMatchObject({
    kind: "degraded",
    signatureAgeHours: null,
  });
  expect(judgeDefenderStatus({ ...defender, AntivirusSignatureAge: 4_294_967_295 })).toMatchObject({
    kind: "degraded",
    signatureAgeHours: null,
  });
  expect(judgeDefenderStatus({}).kind).toBe("unknown");
});

test("a server without Security Center is judged by Defender alone", () => {
  expect(judgeWindowsProtection({ Products: null, Defender: defender })).toMatchObject({
    running: known(true),
    healthy: known(true),
    signatureAge: known(24),
  });
  expect(judgeWindowsProtection({ Products: null, Defender: stopped }).running).toEqual(
    known(false),
  );
});

test("error texts: only their codes count, and what they do not tell stays unknown", () => {
  const center = (Products: unknown, Defender: unknown) =>
    judgeWindowsProtection({ Products, Defender });
  expect(judgeDefenderStatus(stopped).kind).toBe("degraded");
  expect(judgeDefenderStatus(failed("0x800706ba")).kind).toBe("degraded");
  const [noNamespace, noClass, denied] = ["0x8004100E", "0x80041010", "0x80041003"].map(failed);
  expect(center(noNamespace, defender).healthy).toEqual(known(true));
  expect(center(noNamespace, noClass).running).toEqual(known(false));
  expect(center([], denied)).toMatchObject({
    running: unknown("no_data"),
    healthy: unknown("no_data"),
  });
  expect(center(denied, stopped).running).toEqual(unknown("no_data"));
  expect(judgeWindowsUpdates(failed("0x8024402C")).updates).toEqual(unknown("no_data"));
  expect(judgeWindowsUpdates(failed("0x80240438")).sourceAge).toEqual(unknown("no_data"));
  const firmware = (text: string) => judgeWindowsSecureBoot({ Error: `0x80131500 x,y ${text}` });
  const unsupported = "Cmdlet not supported on this platform: 0xC0000002";
  expect(firmware(unsupported).kind).toBe("notApplicable");
  expect(firmware("Unable to set proper privileges. Access was denied.")).toEqual(
    unknown("no_data"),
  );
});

test.each(["AMServiceEnabled", "RealTimeProtectionEnabled", "AMRunningMode", "ComputerState"])(
  "Defender without `%s` is neither healthy nor said to run",
  (name) => {
    expect(
      judgeWindowsProtection({ Products: [], Defender: { ...defender, [name]: null } }),
    ).toMatchObject({ running: unknown("no_data"), healthy: unknown("no_data") });
  },
);

test("missing keys are unknown: an inbound action, a service of Windows, a revision, a TPM's version", () => {
  expect(judgeWindowsFirewall(firewall({ DefaultInboundAction: null }))).toEqual(unknown("parse"));
  expect(judgeWindowsFirewall(firewall({ Enabled: null }))).toEqual(unknown("parse"));
  expect(judgeWindowsUpdates({ ResultCode: null, Updates: [] }).updates).toEqual(
    unknown("no_data"),
  );
  expect(judgeWindowsTpm([{ SpecVersion: null }])).toEqual(unknown("parse"));
  const build = { CurrentBuildNumber: "26100", InstallationType: null };
  expect(judgeWindowsRelease({ ...build, UBR: null }, "2026-11-22").version).toEqual(
    unknown("parse"),
  );
  expect(judgeWindowsRelease({ ...build, UBR: 1 }, "2026-11-22").product).toEqual(unknown("parse"));
  expect(judgeBitLocker([volume({ ProtectionStatus: null })])).toEqual(unknown("no_data"));
});

test("a third-party product beside a passive Defender runs; its health is its own", () => {
  const passive = { ...defender, AMRunningMode: "Passive Mode", RealTimeProtectionEnabled: false };
  const answer = {
    Products: [{ productState: 266240 }, { productState: 262144 }],
    Defender: passive,
  };
  expect(judgeWindowsProtection(answer)).toMatchObject({
    running: known(true),
    healthy: unknown("no_data"),
  });
});

test("boot, restart and automatic updates", () => {
  expect(judgeWindowsSecureBoot({ UEFISecureBootEnabled: 1 })).toEqual(known(true));
  expect(judgeWindowsSecureBoot({ UEFISecureBootEnabled: 0 })).toEqual(known(false));
  expect(judgeWindowsSecureBoot(null)).toEqual(unknown("no_data"));
  expect(judgeWindowsTpm([{ SpecVersion: "2.0, 0, 1.38" }])).toEqual(known(true));
  expect(judgeWindowsTpm([{ SpecVersion: "1.2, 2, 3" }])).toEqual(known(false));
  expect(judgeWindowsTpm([])).toEqual(known(false));
  expect(judgeWindowsReboot({ ComponentServicing: false, WindowsUpdate: true })).toEqual(
    known(true),
  );
  expect(judgeWindowsReboot({ ComponentServicing: false })).toEqual(unknown("parse"));
  const none = { ComponentServicing: false, WindowsUpdate: false, Renamed: false };
  expect(judgeWindowsReboot(none)).toEqual(known(false));
  expect(judgeWindowsReboot({ ...none, Renamed: true })).toEqual(known(true));
  const updating = { ServicesEnabled: true, NoAutoUpdate: null, Paused: false };
  expect(judgeWindowsAutoUpdate(updating)).toEqual(known(true));
  expect(judgeWindowsAutoUpdate({ ...updating, NoAutoUpdate: 1 })).toEqual(known(false));
  for (const AUOptions of [2, 3, 7]) {
    expect(judgeWindowsAutoUpdate({ ...updating, AUOptions })).toEqual(known(false));
  }
  expect(judgeWindowsAutoUpdate({ ...updating, AUOptions: 4 })).toEqual(known(true));
  expect(judgeWindowsAutoUpdate({ ...updating, Paused: true })).toEqual(known(false));
});

test("names are a list of text or nothing", () => {
  expect(readNames(["B", "A", "A"])).toEqual(["A", "B"]);
  expect(readNames("A")).toBeNull();
  expect(parseAnswer('\ufeff{"a":1}')).toEqual({ a: 1 });
});

test("garbage is never good", () => {
  fc.assert(
    fc.property(fc.anything(), (answer) => {
      for (const judge of [judgeBitLocker, judgeWindowsFirewall, judgeWindowsReboot]) {
        expect(judge(answer)).not.toEqual(known(true));
      }
      expect(judgeWindowsUpdates(answer).updates).not.toEqual(known(0));
      expect(judgeDefenderStatus(answer).kind).not.toBe("healthy");
      expect(judgeWindowsProtection(answer).healthy).not.toEqual(known(true));
    }),
  );
});

test("Defender for Endpoint: onboarded and heard today, or degraded; a missing value is unknown", () => {
  const kind = (answer: unknown) => judgeOnboarding(answer).kind;
  expect(kind({ OnboardingState: 1, LastConnectedHours: 3 })).toBe("healthy");
  expect(kind({ OnboardingState: 0, LastConnectedHours: 3 })).toBe("degraded");
  expect(kind({ OnboardingState: 1, LastConnectedHours: 25 })).toBe("degraded");
  expect(kind({ OnboardingState: 1, LastConnectedHours: -3 })).toBe("degraded");
  expect(kind({ OnboardingState: 1, LastConnectedHours: null })).toBe("unknown");
  expect(kind(null)).toBe("unknown");
});

test("Sophos: 1 is good, 2 and 3 are not, anything else is unknown", () => {
  expect([1, 2, 3, 4, "1"].map((health) => judgeSophos({ health }).kind)).toEqual([
    "healthy",
    "degraded",
    "degraded",
    "unknown",
    "unknown",
  ]);
});

test("a product that reports trouble is not covered up by the Security Center's `on`", () => {
  const on = { productState: 266240 };
  const sophos = { ids: ["sophos"], healths: [] };
  const judge = (more: object) =>
    judgeWindowsProtection({ Products: [on], Defender: stopped, ...more }, sophos);
  expect(judge({}).healthy).toEqual(unknown("no_data"));
  expect(judge({ Sophos: { health: 1 } }).healthy).toEqual(known(true));
  expect(judge({ Sophos: { health: 3 } })).toMatchObject({
    running: known(true),
    healthy: known(false),
  });
});

test("what Sophos wrote down before it was stopped or removed makes nothing run and nothing healthy", () => {
  const left = { Products: [], Defender: stopped, Sophos: { health: 1 } };
  expect(judgeWindowsProtection(left)).toMatchObject({
    running: known(false),
    healthy: known(false),
  });
  expect(judgeWindowsProtection(left, { ids: ["sophos"], healths: [] }).healthy).toEqual(
    known(true),
  );
});

test.each([
  [1, { kind: "known", value: false }],
  [0, { kind: "unknown", reason: "no_data" }],
  [-1, { kind: "unknown", reason: "no_data" }],
])("manage-bde's exit code %i settles %j: it knows the system's volume alone", (code, reading) => {
  expect(judgeManageBde(code)).toEqual(reading);
});
