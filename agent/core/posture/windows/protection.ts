/** Decides endpoint protection on Windows from Defender's own state and the Security Center's list. */
import type { Reading } from "#shared/posture/fact.ts";
import { notParsed } from "#shared/posture/reading.ts";
import { member } from "../json-shape.ts";
import { healthOf, unknownHealth } from "../edr/health.ts";
import type { Health } from "../edr/health.ts";
import { enginesReading } from "../edr/engines.ts";
import { judgeProtection } from "../protection.ts";

/** A product of the Security Center, decoded from its `productState`. */
export interface CenterProduct {
  readonly running: boolean;
  readonly fresh: boolean;
}

/**
 * Decodes `productState`: bits 12-15 are the state (1 on), bits 4-7 the signatures (0 fresh). Bits
 * 8-11 name the owner, so 0x11 in the second byte is "on, Microsoft", not "snoozed".
 */
export function decodeProductState(state: number): CenterProduct {
  return { running: ((state >> 12) & 0xf) === 1, fresh: (state & 0xf0) === 0 };
}

/** Ages above this mean "never" (65535 and 4294967295). */
const neverDays = 65_535;
const oldestSignatureDays = 3;

/** Judges `Get-MpComputerStatus`. `{ stopped: true }` tells that its service does not run. */
export function judgeDefenderStatus(answer: unknown): Health {
  if (member(answer, "stopped") === true) {
    return healthOf({ "the Defender service is stopped": false });
  }
  const age = member(answer, "AntivirusSignatureAge");
  const days = typeof age === "number" && age >= 0 ? age : null;
  const mode = member(answer, "AMRunningMode");
  const state = member(answer, "ComputerState");
  return healthOf(
    {
      "the service is off": flag(member(answer, "AMServiceEnabled")),
      "real-time protection is off": flag(member(answer, "RealTimeProtectionEnabled")),
      "Defender is passive": typeof mode === "string" ? mode === "Normal" : null,
      "signatures are old": days === null ? null : days <= oldestSignatureDays,
      "Defender needs attention": typeof state === "number" ? state === 0 : null,
    },
    days === null || days >= neverDays ? null : days * 24,
  );
}

function healthsOf(answer: unknown, judge: (answer: unknown) => Health): readonly Health[] {
  return answer === null || answer === undefined ? [] : [judge(answer)];
}

function flag(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

const silenceMaxHours = 24;

/** Judges Defender for Endpoint, whose service runs: enrolled at its console and heard by it today. */
export function judgeOnboarding(answer: unknown): Health {
  const state = member(answer, "OnboardingState");
  const hours = member(answer, "LastConnectedHours");
  return healthOf({
    "Defender for Endpoint is not onboarded": typeof state === "number" ? state === 1 : null,
    "its console has not been reached today":
      typeof hours === "number" ? hours >= 0 && hours <= silenceMaxHours : null,
  });
}

/** Judges the health that Sophos writes down: 1 good, 2 suspicious, 3 bad. */
export function judgeSophos(answer: unknown): Health {
  const health = member(answer, "health");
  const told = typeof health === "number" && [1, 2, 3].includes(health);
  return healthOf({ "Sophos reports trouble": told ? health === 1 : null });
}

/** Defender without its service names `0.0.0.0`. */
function defenderEngine(answer: unknown): string | null {
  const version = member(answer, "EngineVersion");
  const told = typeof version === "string" && /^[1-9]\d*(\.\d+){1,4}$/.test(version);
  return told ? `defender ${version}` : null;
}

/** Readings of the four signals. */
export interface WindowsProtection {
  readonly running: Reading;
  readonly healthy: Reading;
  readonly signatureAge: Reading;
  readonly engines: Reading;
}

/**
 * Judges `{ Products: [{ productState }] | null, Defender: {…} | null }`. Servers have no Security
 * Center (null): there Defender alone tells, and `others`: services of further products that run.
 * Leftovers of removed products are off and do not count.
 */
export function judgeWindowsProtection(answer: unknown, others = false): WindowsProtection {
  const products = member(answer, "Products");
  const defender = member(answer, "Defender");
  if (products === undefined || defender === undefined) {
    return { running: notParsed, healthy: notParsed, signatureAge: notParsed, engines: notParsed };
  }
  const states = Array.isArray(products)
    ? products.map((product: unknown) => member(product, "productState"))
    : [];
  const center = states
    .filter((state) => typeof state === "number")
    .map(decodeProductState)
    .filter((product) => product.running)
    .map((product): Health =>
      product.fresh ? unknownHealth : healthOf({ "signatures are old": false }),
    );
  if (others && center.length === 0) center.push(unknownHealth);
  const told = [
    ...healthsOf(member(answer, "Onboarding"), judgeOnboarding),
    ...healthsOf(member(answer, "Sophos"), judgeSophos),
  ];
  const own = defender === null ? [] : [judgeDefenderStatus(defender)];
  const active = own.filter((health) => health.kind !== "degraded" || center.length === 0);
  // What products say of themselves stands above the Security Center, which knows no more than "on".
  const judged = judgeProtection([...active, ...(told.length > 0 ? told : center)]);
  const stopped = own.length > 0 && own.every((health) => health.kind === "degraded");
  const running =
    center.length === 0 && told.length === 0 && stopped
      ? ({ kind: "known", value: false } as const)
      : judged.running;
  return { ...judged, running, engines: enginesReading([defenderEngine(defender)]) };
}
