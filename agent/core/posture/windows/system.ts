/** Decides Windows signals from the JSON that our PowerShell queries print: numbers, never translated words. */
import type { Reading } from "#shared/posture/fact.ts";
import { osIntel, stillSupported, supportDaysLeft } from "#shared/posture/os-intel.ts";
import { asList, asObject, member, textMember } from "../json-shape.ts";

const parse: Reading = { kind: "unknown", reason: "parse" };
const noData: Reading = { kind: "unknown", reason: "no_data" };
const known = (value: boolean | number | string): Reading => ({ kind: "known", value });

/** Returns the answer of a query, or undefined when it is no JSON. */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

/** Returns an integer member, given as number or as digits. */
function integer(value: unknown, name: string): number | null {
  const found = member(value, name);
  const number = typeof found === "string" && /^\d{1,15}$/.test(found) ? Number(found) : found;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : null;
}

/** What the registry tells about the release. */
export interface WindowsReleaseReadings {
  readonly product: Reading;
  readonly version: Reading;
  readonly supported: Reading;
  readonly daysLeft: Reading;
}

/** Judges `{ CurrentBuildNumber, UBR, InstallationType }` of the registry. */
export function judgeWindowsRelease(answer: unknown, today: string): WindowsReleaseReadings {
  const build = integer(answer, "CurrentBuildNumber");
  const revision = integer(answer, "UBR");
  if (build === null || revision === null) {
    return { product: parse, version: parse, supported: parse, daysLeft: parse };
  }
  const kind = textMember(answer, "InstallationType");
  const product = kind === "Client" ? "windows" : "windows-server";
  const supported = stillSupported(osIntel, { product, version: String(build) }, today);
  const days = supportDaysLeft(osIntel, { product, version: String(build) }, today);
  return {
    product: kind === undefined ? parse : known(product),
    version: known(`10.0.${build}.${revision}`),
    supported: kind === undefined || supported === null ? noData : known(supported),
    daysLeft: kind === undefined || days === null ? noData : known(days),
  };
}

/** Windows Update's result code of a search that succeeded; 3 means "with errors". */
const searchSucceeded = 2;
const securityCategories = new Set([
  "0fa1201d-4330-4fa8-8ae9-b877473b6441",
  "e6cf1350-c01b-414d-a61f-263d14d133b4",
  "28bc880e-0592-4cbf-8f95-c79b17911d5f",
]);
const oldestSearchHours = 7 * 24;

/** Judges `{ ResultCode, Updates: [{ Categories: [guid] }], LastSearchAgeHours }`. */
export function judgeWindowsUpdates(answer: unknown): {
  readonly updates: Reading;
  readonly sourceAge: Reading;
} {
  const hours = integer(answer, "LastSearchAgeHours");
  const sourceAge = hours === null ? noData : known(hours);
  const updates = member(answer, "Updates");
  if (integer(answer, "ResultCode") !== searchSucceeded) {
    return { updates: asObject(answer) === null ? parse : noData, sourceAge };
  }
  if (!Array.isArray(updates)) return { updates: parse, sourceAge };
  if (hours === null || hours > oldestSearchHours) {
    return { updates: { kind: "unknown", reason: "stale_source" }, sourceAge };
  }
  const security = updates.filter((update: unknown) =>
    asList(member(update, "Categories")).some((id) => securityCategories.has(String(id))),
  );
  return { updates: known(security.length), sourceAge };
}

/** Judges BitLocker volumes by their methods' answers; suspended protection is not encryption. */
export function judgeBitLocker(answer: unknown): Reading {
  if (!Array.isArray(answer)) return parse;
  const volumes = answer.filter((volume: unknown) => integer(volume, "VolumeType") !== 2);
  if (volumes.length === 0) return noData;
  const states = volumes.map((volume: unknown) => ({
    protection: integer(volume, "ProtectionStatus"),
    conversion: integer(volume, "ConversionStatus"),
    percentage: integer(volume, "EncryptionPercentage"),
  }));
  const open = states.some(
    ({ protection, conversion, percentage }) =>
      protection === 0 ||
      (conversion !== null && conversion !== 1) ||
      (percentage !== null && percentage < 100),
  );
  if (open) return known(false);
  const whole = states.every(
    ({ protection, conversion, percentage }) =>
      protection === 1 && conversion === 1 && percentage === 100,
  );
  return whole ? known(true) : noData;
}

const profileNames = ["Domain", "Private", "Public"];
const inboundAllow = 2;

/** Judges `{ Profiles: [{ Name, Enabled, DefaultInboundAction }], Services: { mpssvc, BFE } }`. */
export function judgeWindowsFirewall(answer: unknown): Reading {
  const profiles = member(answer, "Profiles");
  const services = member(answer, "Services");
  if (!Array.isArray(profiles) || asObject(services) === null) return parse;
  const found = profileNames.map((name) =>
    profiles.find((profile: unknown) => textMember(profile, "Name") === name),
  );
  const states = found.map((profile) => ({
    enabled: switchOf(member(profile, "Enabled")),
    inbound: integer(profile, "DefaultInboundAction"),
  }));
  const running = ["mpssvc", "BFE"].map((name) => member(services, name));
  if (states.some(({ enabled, inbound }) => enabled === false || inbound === inboundAllow)) {
    return known(false);
  }
  if (running.includes(false)) return known(false);
  const whole =
    states.every(({ enabled, inbound }) => enabled === true && (inbound === 0 || inbound === 4)) &&
    running.every((state) => state === true);
  return whole ? known(true) : parse;
}

/** GpoBoolean: 0 off, 1 on, 2 not configured; some versions print booleans. */
function switchOf(value: unknown): boolean | null {
  if (value === true || value === 1) return true;
  return value === false || value === 0 ? false : null;
}

/** Judges `{ UEFISecureBootEnabled }`; `{ legacyBios: true }` when the machine has no UEFI. */
export function judgeWindowsSecureBoot(answer: unknown): Reading {
  if (member(answer, "legacyBios") === true) {
    return { kind: "notApplicable", proof: "the machine booted without UEFI" };
  }
  const enabled = integer(answer, "UEFISecureBootEnabled");
  if (enabled === null) return noData;
  return enabled === 0 || enabled === 1 ? known(enabled === 1) : parse;
}

/** Judges TPM instances `[{ SpecVersion }]`; none means none. */
export function judgeWindowsTpm(answer: unknown): Reading {
  if (!Array.isArray(answer)) return parse;
  if (answer.length === 0) return known(false);
  const version = textMember(answer[0], "SpecVersion");
  return version === undefined ? parse : known(/^2\.\d/.test(version));
}

/** Judges `{ ComponentServicing, WindowsUpdate }`: registry keys that exist while a restart is due. */
export function judgeWindowsReboot(answer: unknown): Reading {
  const marks = ["ComponentServicing", "WindowsUpdate"].map((name) => member(answer, name));
  if (marks.includes(true)) return known(true);
  return marks.every((mark) => mark === false) ? known(false) : parse;
}

/** Judges `{ ServicesEnabled, NoAutoUpdate, Paused }`. */
export function judgeWindowsAutoUpdate(answer: unknown): Reading {
  const services = member(answer, "ServicesEnabled");
  const off = integer(answer, "NoAutoUpdate");
  const paused = member(answer, "Paused");
  if (typeof services !== "boolean" || typeof paused !== "boolean") return parse;
  return known(services && !paused && off !== 1);
}

/** Returns names of a list answer, or null when it is none. */
export function readNames(answer: unknown): readonly string[] | null {
  if (!Array.isArray(answer) || !answer.every((name) => typeof name === "string")) return null;
  return [...new Set(answer)].sort();
}
