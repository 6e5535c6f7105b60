/** Decides how Windows protects itself and who manages it, from our queries' JSON. */
import type { Reading } from "#shared/posture/fact.ts";
import { asObject, member, textMember } from "../json-shape.ts";
import { judgeHardware } from "../hardware.ts";
import type { HardwareReadings } from "../hardware.ts";

const parse: Reading = { kind: "unknown", reason: "parse" };
const noData: Reading = { kind: "unknown", reason: "no_data" };
const known = (value: boolean | number | readonly string[]): Reading => ({ kind: "known", value });

/** Readings of Win32_DeviceGuard and of the start options. */
export interface DeviceGuardReadings {
  readonly virtualization: Reading;
  readonly memoryIntegrity: Reading;
  readonly testSigning: Reading;
}

const running = 2;
const memoryIntegrityService = 2;

/** Judges `{ Status, Services: [int], StartOptions }`; status 0 is off, 1 configured, 2 running. */
export function judgeDeviceGuard(answer: unknown): DeviceGuardReadings {
  const status = member(answer, "Status");
  const services = member(answer, "Services");
  const options = textMember(answer, "StartOptions");
  const told = typeof status === "number" && [0, 1, 2].includes(status);
  return {
    virtualization: told ? known(status === running) : asObject(answer) === null ? parse : noData,
    memoryIntegrity:
      told && Array.isArray(services)
        ? known(status === running && services.includes(memoryIntegrityService))
        : asObject(answer) === null
          ? parse
          : noData,
    testSigning: options === undefined ? parse : known(/\bTESTSIGNING\b/i.test(options)),
  };
}

/** Judges `{ AutoAdminLogon }` of Winlogon: "1" signs in by itself, whichever account it names. */
export function judgeWindowsAutologin(answer: unknown): Reading {
  const automatic = textMember(answer, "AutoAdminLogon");
  return automatic === undefined ? parse : known(automatic === "1");
}

/** Judges `[{ State, Provider }]` of the Enrollments keys: state 1 with Microsoft's provider is MDM. */
export function judgeWindowsEnrolment(answer: unknown): Reading {
  if (!Array.isArray(answer)) return parse;
  return known(
    answer.some(
      (key: unknown) =>
        member(key, "State") === 1 && textMember(key, "Provider") === "MS DM Server",
    ),
  );
}

/** Judges `{ PartOfDomain, CloudJoined }`: registry and CIM tell it without any user's context. */
export function judgeWindowsDomain(answer: unknown): Reading {
  const domain = member(answer, "PartOfDomain");
  const cloud = member(answer, "CloudJoined");
  if (typeof domain !== "boolean" || typeof cloud !== "boolean") return parse;
  return known(domain || cloud);
}

/**
 * Reads `dsregcmd /status`, the answer where the registry could not be read: values follow the first
 * ` : ` and may hold colons themselves.
 */
export function judgeDsregcmd(text: string): Reading {
  const value = (name: string) =>
    new RegExp(`^\\s*${name} : (YES|NO)\\s*$`, "m").exec(text)?.[1] ?? null;
  const joined = ["AzureAdJoined", "EnterpriseJoined", "DomainJoined"].map(value);
  if (joined.includes("YES")) return known(true);
  return joined.every((answer) => answer === "NO") ? known(false) : parse;
}

/** Judges `{ Vendor, Model, Serials: [text] }`. */
export function judgeWindowsHardware(answer: unknown): HardwareReadings {
  const serials = member(answer, "Serials");
  if (asObject(answer) === null || !Array.isArray(serials)) {
    return { vendor: parse, model: parse, serials: parse };
  }
  return judgeHardware({
    vendor: textMember(answer, "Vendor") ?? null,
    model: textMember(answer, "Model") ?? null,
    serials: serials.map((serial: unknown) => (typeof serial === "string" ? serial : null)),
    denied: false,
  });
}

/** Judges `{ UptimeHours }`. */
export function judgeWindowsUptime(answer: unknown): Reading {
  const hours = member(answer, "UptimeHours");
  return typeof hours === "number" && hours >= 0 && Number.isFinite(hours)
    ? known(Math.floor(hours / 24))
    : parse;
}

/** Programs of App Paths and what we call them. */
const browsers: Readonly<Record<string, string>> = {
  "chrome.exe": "chrome",
  "firefox.exe": "firefox",
  "msedge.exe": "edge",
  "brave.exe": "brave",
  "opera.exe": "opera",
  "vivaldi.exe": "vivaldi",
};

/** Judges `[{ Program, Version }]`. */
export function judgeWindowsBrowsers(answer: unknown): Reading {
  if (!Array.isArray(answer)) return parse;
  const found: string[] = [];
  for (const each of answer as readonly unknown[]) {
    const program = textMember(each, "Program")?.toLowerCase() ?? "";
    const version = textMember(each, "Version") ?? "";
    if (!Object.hasOwn(browsers, program)) continue;
    if (!/^\d[\d.]*$/.test(version)) return parse;
    found.push(`${browsers[program]} ${version}`);
  }
  return known([...new Set(found)].sort());
}
