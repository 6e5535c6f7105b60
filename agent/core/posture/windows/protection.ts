/** Decides endpoint protection on Windows from Defender's own state and the Security Center's list. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { member } from "../json-shape.ts";
import { healthOf, unknownHealth } from "../edr/health.ts";
import type { Health } from "../edr/health.ts";
import { enginesReading } from "../edr/engines.ts";
import { isAbsentClass, queryError } from "./query-error.ts";
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

/** Its service does not run: by Defender's own code, or by that of the call that nobody answered. */
const serviceStopped = /\b0x(800106ba|800706ba)\b/i;

/** Judges `Get-MpComputerStatus` or the error of asking it. */
export function judgeDefenderStatus(answer: unknown): Health {
  if (serviceStopped.test(queryError(answer) ?? "")) {
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

function unlessNo(reading: Reading): Reading {
  return reading.kind === "known" && reading.value === false ? noData : reading;
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

/** What is known beside the answer: products whose services run, by id, and what those say. */
export interface FurtherProducts {
  readonly ids: readonly string[];
  readonly healths: readonly Health[];
}

const noFurther: FurtherProducts = { ids: [], healths: [] };

/** Returns the part of an answer that a missing feature leaves empty; `blind` where it failed otherwise. */
function partOf(
  answer: unknown,
  name: string,
): { readonly value: unknown; readonly blind: boolean } {
  const value = member(answer, name);
  const error = queryError(value);
  if (error === null) return { value, blind: false };
  const absent = isAbsentClass(error);
  return { value: absent ? null : value, blind: !absent && !serviceStopped.test(error) };
}

/**
 * Judges `{ Products: [{ productState }], Defender: {…} }`, either of which may be an error. Servers have
 * no Security Center: there Defender alone tells, and the further products. Leftovers of removed products
 * are off and do not count.
 */
export function judgeWindowsProtection(
  answer: unknown,
  further: FurtherProducts = noFurther,
): WindowsProtection {
  const { value: products, blind: centerBlind } = partOf(answer, "Products");
  const { value: defender, blind: defenderBlind } = partOf(answer, "Defender");
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
  const others = further.ids.some((id) => !id.startsWith("defender"));
  if (others && center.length === 0) center.push(unknownHealth);
  // What Sophos wrote down stays there when it is stopped or removed.
  const sophos = further.ids.includes("sophos") ? member(answer, "Sophos") : null;
  const told = [
    ...further.healths,
    ...healthsOf(member(answer, "Onboarding"), judgeOnboarding),
    ...healthsOf(sophos, judgeSophos),
  ];
  const own = defender === null || defenderBlind ? [] : [judgeDefenderStatus(defender)];
  const active = own.filter((health) => health.kind !== "degraded" || center.length === 0);
  // What products say of themselves stands above the Security Center, which knows no more than "on".
  const judged = judgeProtection([...active, ...(told.length > 0 ? told : center)]);
  const alone = center.length === 0 && told.length === 0 ? own[0]?.kind : undefined;
  const running =
    alone === "degraded" ? known(false) : alone === "unknown" ? noData : judged.running;
  const engines = enginesReading([defenderEngine(defender)]);
  if (!centerBlind && !defenderBlind) return { ...judged, running, engines };
  // Whoever could not be asked may be what protects this machine.
  const { healthy, signatureAge } = judged;
  return { running: unlessNo(running), healthy: unlessNo(healthy), signatureAge, engines };
}
