/** Judges how Windows protects its own system. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { asObject, member, textMember } from "../json-shape.ts";
import { integer } from "./answer.ts";
import { queryError } from "./query-error.ts";

/** What the firmware says on a machine without UEFI; "access denied" comes with another code. */
const noUefi = /\b0xC0000002\b/i;

/** Judges `{ UEFISecureBootEnabled }` or the error of asking the firmware. */
export function judgeWindowsSecureBoot(answer: unknown): Reading {
  if (noUefi.test(queryError(answer) ?? "")) {
    return { kind: "notApplicable", proof: "the machine booted without UEFI" };
  }
  const enabled = integer(answer, "UEFISecureBootEnabled");
  if (enabled === null) return noData;
  return enabled === 0 || enabled === 1 ? known(enabled === 1) : notParsed;
}

/** Judges TPM instances `[{ SpecVersion }]`; none means none. */
export function judgeWindowsTpm(answer: unknown): Reading {
  if (!Array.isArray(answer)) return notParsed;
  if (answer.length === 0) return known(false);
  const version = textMember(answer[0], "SpecVersion");
  return version === undefined ? notParsed : known(/^2\.\d/.test(version));
}

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
    virtualization: told
      ? known(status === running)
      : asObject(answer) === null
        ? notParsed
        : noData,
    memoryIntegrity:
      told && Array.isArray(services)
        ? known(status === running && services.includes(memoryIntegrityService))
        : asObject(answer) === null
          ? notParsed
          : noData,
    testSigning: options === undefined ? notParsed : known(/\bTESTSIGNING\b/i.test(options)),
  };
}
